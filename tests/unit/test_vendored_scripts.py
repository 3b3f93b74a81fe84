"""Scripts of others that our pages serve are the published ones, byte for byte, but for what `VENDORED.md` says."""

import hashlib

import pytest

from sanad_api.pages.rendering import static_files

PUBLISHED = {
    "zxing-reader.js": "d90c69a827aff3b7c8c8ca310efebe91671ef076f7a0ec83722bfc542814f484",
    "zxing-share.js": "08868fb770b0a4e4b9eb3d717015cd5fbf3ceb06492d4cb2d2dd2739db11890f",
    "pdf-reader.js": "522ad2c83bc8a0010e7f0cc60d0892b77c8d2bf2c9702dc12288311d94270f42",
    "pdf-worker.js": "b4c8353ded0d88d2e2009574a29eb4e0c3ff7e942ecdf51ef5f71566a9667f31",
    "zxing-reader.wasm": "e8af31edb56d0522f4de74495839385ef019ba8bc90d38e5ecb2f18795d86fb2",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_script_of_others_is_the_published_one(name: str) -> None:
    ours = static_files()[name]
    assert (
        hashlib.sha256(ours.replace(b'"./zxing-share.js"', b'"../share.js"')).hexdigest() == PUBLISHED[name]
    )


def test_the_reader_checks_its_own_program_by_this_hash() -> None:
    assert PUBLISHED["zxing-reader.wasm"].encode() in static_files()["zxing-reader.js"]
