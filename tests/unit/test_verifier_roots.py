"""A trust root is believed when enough of its holders have signed it, and replaced only by one that both the old ones
and the new ones have signed.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest

from sanad_testkit.evidence import DAY, NOW, ORIGIN, Scene, seed
from sanad_verifier.cli import main
from sanad_verifier.cli_parts import RootExpired, read_current_trust, read_trust
from sanad_verifier.cosignatures import Window
from sanad_verifier.errors import EvidenceError, InputError, SanadError
from sanad_verifier.examine import examine_bundle
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import NoteSigner
from sanad_verifier.roots import (
    Contract,
    Root,
    RootInvalid,
    RootUnfit,
    encode_root,
    holder_key_name,
    parse_root,
    sign_root,
    verify_next,
    verify_root,
)
from sanad_verifier.trust import encode_trust
from sanad_verifier.trust_reading import TrustInvalid
from sanad_verifier.verdict import Overall

SCENE = Scene()
HOLDERS = {name: NoteSigner(holder_key_name(ORIGIN, name), seed(f"root {name}")) for name in "abcdef"}
CONTRACT = Contract("Ledger", "11" * 20, "22" * 32)


def root(version: int = 1, holders: str = "abc", threshold: int = 2, **changes: Any) -> Root:
    made = Root(
        version,
        NOW,
        NOW + 365 * DAY,
        threshold,
        tuple(HOLDERS[name].key for name in holders),
        (CONTRACT,),
        tuple(Window(one.key, NOW - 100 * DAY, 0) for one in SCENE.cosigners),
        SCENE.trust(),
    )
    return replace(made, **changes)


def signed(what: Root, by: str) -> bytes:
    data = encode_root(what).encode()
    for name in by:
        data = sign_root(data, HOLDERS[name])
    return data


FIRST = signed(root(), "ab")


def test_a_root_that_enough_of_its_holders_have_signed_says_whom_to_trust() -> None:
    assert verify_root(FIRST) == root()
    assert replace(verify_root(FIRST).trusted(), windows=(), valid_until=0) == SCENE.trust()
    assert verify_root(signed(root(), "cab")) == root()


def test_the_order_of_signing_leaves_no_trace() -> None:
    assert signed(root(), "abc") == signed(root(), "cba")
    assert sign_root(FIRST, HOLDERS["a"]) == FIRST


@pytest.mark.parametrize("by", ["a", "c"])
def test_too_few_signatures_are_not_enough(by: str) -> None:
    with pytest.raises(RootInvalid, match="1 of 2"):
        verify_root(signed(root(), by))


def test_only_a_holder_signs() -> None:
    with pytest.raises(RootUnfit):
        sign_root(FIRST, HOLDERS["d"])
    stranger = NoteSigner(HOLDERS["a"].key.name, seed("another"))
    with pytest.raises(RootUnfit):
        sign_root(FIRST, stranger)


def test_a_holder_who_leaves_signs_what_comes_after() -> None:
    draft = encode_root(root(2, "de", 1)).encode()
    with pytest.raises(RootUnfit):
        sign_root(draft, HOLDERS["a"])
    data = draft
    for name in "abd":
        data = sign_root(data, HOLDERS[name], root())
    assert verify_next(root(), data).keys == root(2, "de", 1).keys
    with pytest.raises(RootUnfit):
        sign_root(data, HOLDERS["f"], root())


def test_a_changed_byte_is_refused_wherever_it_is() -> None:
    for at in range(0, len(FIRST), 7):
        changed = FIRST[:at] + bytes([FIRST[at] ^ 1]) + FIRST[at + 1 :]
        with pytest.raises((EvidenceError, InputError)):
            verify_root(changed)


# -- the next -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holders", "threshold", "by"),
    [("abc", 2, "ab"), ("abd", 2, "abd"), ("abd", 1, "ab"), ("def", 2, "abde"), ("abcdef", 5, "abcde")],
)
def test_the_next_root_is_signed_by_old_and_new_holders(holders: str, threshold: int, by: str) -> None:
    following = root(2, holders, threshold)
    known = set(holders) | set("abc")
    data = encode_root(following).encode()
    lines = [HOLDERS[name].sign(data.decode()) for name in by if name in known]
    assert verify_next(root(), with_lines(data, lines)) == following


def with_lines(text: bytes, lines: list[Any]) -> bytes:
    from sanad_verifier.checkpoints import in_order  # noqa: PLC0415
    from sanad_verifier.notes import Note  # noqa: PLC0415

    return Note(text.decode(), in_order(ORIGIN, lines)).encode()


@pytest.mark.parametrize(
    ("holders", "threshold", "by", "why"),
    [
        ("def", 2, "de", "the holders before"),
        ("def", 2, "ade", "the holders before"),
        ("def", 2, "abd", "its own holders"),
        ("abd", 3, "ab", "its own holders"),
    ],
)
def test_neither_the_old_nor_the_new_holders_alone_replace_a_root(
    holders: str, threshold: int, by: str, why: str
) -> None:
    data = encode_root(root(2, holders, threshold)).encode()
    lines = [HOLDERS[name].sign(data.decode()) for name in by]
    with pytest.raises(RootInvalid, match=why):
        verify_next(root(), with_lines(data, lines))


@pytest.mark.parametrize("version", [1, 3])
def test_versions_follow_one_by_one(version: int) -> None:
    with pytest.raises(RootUnfit, match="version 2 follows"):
        verify_next(root(), signed(root(version), "ab"))


def test_another_network_s_root_does_not_follow() -> None:
    other = replace(root(2), trust=replace(SCENE.trust(), chain_id=8))
    assert verify_next(root(), signed(other, "ab")).trust.chain_id == 8
    stranger = Scene()
    with pytest.raises(SanadError):
        verify_next(replace(root(), trust=replace(stranger.trust(), origin="other/1")), signed(root(2), "ab"))


# -- what may stand in one ------------------------------------------------------------------------------------------

TOLD: dict[str, Any] = json.loads(encode_root(root()))
WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "another schema": lambda t: t.update(schema="urn:sanad:root:2"),
    "version zero": lambda t: t.update(version=0),
    "no threshold": lambda t: t.update(threshold=0),
    "a threshold that nobody reaches": lambda t: t.update(threshold=4),
    "no end": lambda t: t.pop("validUntil"),
    "an end before it was issued": lambda t: t.update(validUntil=t["issued"]),
    "a key twice": lambda t: t["keys"].__setitem__(1, t["keys"][0]),
    "keys out of order": lambda t: t["keys"].reverse(),
    "no keys": lambda t: t.update(keys=[]),
    "a key of another purpose": lambda t: t["keys"].__setitem__(0, t["trust"]["logKeys"][0]),
    "contracts twice": lambda t: t["contracts"].append(t["contracts"][0]),
    "a contract without code": lambda t: t["contracts"][0].pop("codeHash"),
    "no window": lambda t: t["windows"].pop(),
    "a window of a stranger": lambda t: t["windows"][0].update(key=t["keys"][0]),
    "a window that ends before it begins": lambda t: t["windows"][0].update(to=1),
    "a window of no key": lambda t: t["windows"][0].update(key="x"),
    "no trust": lambda t: t.update(trust=None),
    "a quorum that nobody reaches": lambda t: t["trust"].update(quorum=9),
    "a member more": lambda t: t.update(more=1),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_root_is_refused(name: str) -> None:
    told = json.loads(json.dumps(TOLD))
    WRONG[name](told)
    with pytest.raises(RootInvalid):
        parse_root(canonicalise(told).decode() + "\n")
    assert parse_root(canonicalise(TOLD).decode() + "\n") == root()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]\n", "\n", canonicalise(TOLD).decode(), json.dumps(TOLD) + "\n"]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(RootInvalid):
        parse_root(text)


@pytest.mark.parametrize("name", ["", "A", "a b", "a+b", "-a", "a/b", "ä", "a" * 64])
def test_a_holder_has_a_plain_name(name: str) -> None:
    with pytest.raises(InputError):
        holder_key_name(ORIGIN, name)


# -- in use ---------------------------------------------------------------------------------------------------------


def test_evidence_is_checked_by_a_root_as_by_the_trust_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(FIRST)
    assert examine_bundle(SCENE.bundle(), read_trust(tmp_path / "root"), NOW).overall is Overall.AUTHENTIC


@pytest.mark.parametrize(
    ("windows", "overall"),
    [
        ([(0, 0), (0, 0), (0, 0)], Overall.AUTHENTIC),
        ([(0, SCENE.time + 1), (SCENE.time, 0), (0, 1)], Overall.AUTHENTIC),
        ([(0, 0), (0, SCENE.time), (SCENE.time + 1, 0)], Overall.REFUSED),
    ],
)
def test_a_cosignature_counts_within_its_key_s_window_only(
    windows: list[tuple[int, int]], overall: Overall
) -> None:
    given = tuple(Window(one.key, *told) for one, told in zip(SCENE.cosigners, windows, strict=True))
    report = examine_bundle(SCENE.bundle(), root(windows=given).trusted(), NOW)
    assert report.overall is overall
    assert overall is Overall.AUTHENTIC or report.authority.reason == "QUORUM_MISSING"


@pytest.mark.parametrize(
    ("left", "overall", "reason"),
    [
        (1, Overall.AUTHENTIC, "FRESH"),
        (0, Overall.STALE, "ROOT_EXPIRED"),
        (-400 * DAY, Overall.STALE, "ROOT_EXPIRED"),
    ],
)
def test_what_is_genuine_by_a_root_whose_time_is_over_is_stale(
    left: int, overall: Overall, reason: str
) -> None:
    trust = root(issued=NOW - 500 * DAY, valid_until=NOW + left).trusted()
    report = examine_bundle(SCENE.bundle(), trust, NOW)
    assert (report.overall, report.freshness.reason) == (overall, reason)
    assert examine_bundle(SCENE.bundle(state="revoked"), trust, NOW).overall is Overall.REFUSED


def test_a_clock_set_back_does_not_bring_a_root_to_life() -> None:
    over = root(issued=SCENE.time - DAY, valid_until=SCENE.time).trusted()
    for now in (SCENE.time - 1, SCENE.time - 900 * DAY):
        assert examine_bundle(SCENE.bundle(), over, now).freshness.reason == "ROOT_EXPIRED"


def test_a_root_whose_time_is_over_is_still_followed_by_the_next() -> None:
    old = root(issued=NOW - 500 * DAY, valid_until=NOW - 300 * DAY)
    assert verify_next(old, signed(root(2), "ab")) == root(2)


def test_a_root_that_too_few_have_signed_is_no_trust_file(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(signed(root(), "a"))
    with pytest.raises(TrustInvalid, match="ROOT_INVALID"):
        read_trust(tmp_path / "root")
    (tmp_path / "trust.json").write_bytes(encode_trust(SCENE.trust()))
    assert read_trust(tmp_path / "trust.json") == SCENE.trust()


def test_the_command_shows_a_root_and_replaces_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = int(time())
    current = signed(root(issued=now, valid_until=now + DAY), "ab")
    at, following, bad = tmp_path / "root", tmp_path / "next", tmp_path / "bad"
    at.write_bytes(current)
    following.write_bytes(signed(root(2, "abc", 3, issued=now, valid_until=now + DAY), "abc"))
    bad.write_bytes(signed(root(3), "abc"))
    assert main(["root", str(at)]) == 0
    assert "version 1" in capsys.readouterr().out
    assert main(["root", str(at), "--next", str(bad), "-o", str(at)]) == 3
    assert capsys.readouterr().err.startswith("error ROOT_UNFIT")
    bad.write_bytes(signed(root(2), "a"))
    assert main(["root", str(at), "--next", str(bad), "-o", str(at), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"trusted": False, "code": "ROOT_INVALID"}
    assert at.read_bytes() == current
    assert main(["root", str(at), "--next", str(following), "-o", str(at), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["threshold"], len(told["holders"])) == (2, 3, 3)
    assert at.read_bytes() == following.read_bytes()
    assert main(["root", str(at), "--next", str(following)]) == 3


def test_the_command_says_that_a_root_s_time_is_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at, newer = tmp_path / "root", tmp_path / "newer"
    at.write_bytes(signed(root(issued=1, valid_until=NOW - 900 * DAY), "ab"))
    assert main(["root", str(at)]) == 2
    assert "its time was over on" in capsys.readouterr().out
    with pytest.raises(RootExpired):
        read_current_trust(at)
    assert read_trust(at).valid_until == NOW - 900 * DAY
    now = int(time())
    newer.write_bytes(signed(root(2, issued=now, valid_until=now + DAY), "ab"))
    assert main(["root", str(at), "--next", str(newer), "-o", str(at), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["validUntil"] == now + DAY
    assert read_current_trust(at).valid_until == now + DAY
