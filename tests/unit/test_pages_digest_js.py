"""The digests a browser computes are the verifier's: same vectors, same refusals, same choice between two digests."""

import hashlib
import json
import random
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from sanad_testkit.browser_modules import READ, run
from sanad_verifier.bundle import unpack
from sanad_verifier.documents import candidate_digests
from sanad_verifier.json_profile import JsonRefused, canonical_bytes

VECTORS = Path(__file__).parents[1] / "vectors"
PROFILE: dict[str, list[dict[str, Any]]] = json.loads((VECTORS / "json-profile.json").read_text("utf-8"))

CANDIDATES = (
    READ
    + """
import { candidateDigests, digestsOfFile, isBundle } from "./digest.js";
import { canonicalBytes } from "./json-profile.js";
const answers = [];
for (const hex of asked) {
  const data = bytes(hex);
  let canonical = null, refused = null;
  try {
    canonical = Buffer.from(canonicalBytes(data)).toString("hex");
  } catch (error) {
    refused = error.code ?? String(error);
  }
  const file = new Blob([data]);
  const [held, read] = [candidateDigests(data), await digestsOfFile(file)];
  answers.push({ canonical, refused, held, read, bundle: await isBundle(file) });
}
say(answers);
"""
)


def text_of(case: dict[str, Any]) -> bytes:
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    if "piece" in case:
        before, after = map(str, case["piece"])
        return (before * int(case["times"]) + after * int(case["times"])).encode()
    return str(case["text"]).encode()


def answers_for(folder: Path, texts: list[bytes]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = run(folder, CANDIDATES, [text.hex() for text in texts])
    assert len(told) == len(texts)
    return told


def expected(text: bytes) -> list[dict[str, Any]]:
    return [
        {"digest": one.digest.hex(), "form": one.form, "why": one.why.code if one.why else None}
        for one in candidate_digests(text)
    ]


def outcome(text: bytes) -> tuple[str | None, str | None]:
    """The canonical form as hex, or the code of the refusal."""
    try:
        return canonical_bytes(text).hex(), None
    except JsonRefused as error:
        return None, error.code


def must_agree(text: bytes, told: dict[str, Any]) -> None:
    assert (told["canonical"], told["refused"]) == outcome(text)
    assert told["held"] == told["read"] == expected(text)


def test_the_profiles_vectors_have_the_same_outcome_in_a_browser(tmp_path: Path) -> None:
    cases = [*PROFILE["accepted"], *PROFILE["refused"]]
    told = answers_for(tmp_path, [text_of(case) for case in cases])
    for case, answer in zip(cases, told, strict=True):
        assert answer["refused"] == case.get("code"), case["name"]
        must_agree(text_of(case), answer)


def test_rfc_8785s_own_vectors_have_the_same_canonical_form(tmp_path: Path) -> None:
    names = sorted(path.name for path in (VECTORS / "jcs" / "input").iterdir())
    inputs = [(VECTORS / "jcs" / "input" / name).read_bytes() for name in names]
    assert names
    for name, text, answer in zip(names, inputs, answers_for(tmp_path, inputs), strict=True):
        must_agree(text, answer)
        if answer["canonical"] is not None:
            assert bytes.fromhex(answer["canonical"]) == (VECTORS / "jcs" / "output" / name).read_bytes()


def test_documents_in_bundles_have_the_digest_they_were_issued_with(tmp_path: Path) -> None:
    told = json.loads((VECTORS / "reencodings.json").read_text("utf-8"))
    bundle = b64decode(told["bundle"])
    document = unpack(bundle).document
    assert document is not None
    at, kept = answers_for(tmp_path, [bundle, document])
    assert at["bundle"] is True
    assert kept["bundle"] is False
    must_agree(document, kept)


def test_other_archives_are_files_not_bundles(tmp_path: Path) -> None:
    head = b"PK\x03\x04" + bytes(26)
    honest, *others = [head + b"proof.tlog-proof", head + b"proof.tlog-proog", b"PK\x03\x04", b"{}", b""]
    first, *rest = answers_for(tmp_path, [honest, *others])
    assert first["bundle"] is True
    assert [answer["bundle"] for answer in rest] == [False] * 4


SPELLINGS = [
    '{"b":1,"a":"é"}', ' \t\r\n{"a":1}', "[1]", '"x"', "", " ", "{", '{"a":1}x', '{"a":01}', '{"a":1.0}',
    '{"a":1e2}', '{"a":-0}', '{"a":-}', '{"a":+1}', '{"a":9007199254740992}', '{"a":-9007199254740991}',
    '{"a":12345678901234567890}', '{"a":NaN}', '{"a":-Infinity}', '{"a":"\\ud800"}',
    '{"a":"\\ud83d\\ude00"}', '{"\\u0061":1,"a":2}', '{"a":{"b":1,"b":2}}', '{"a":"e\u0301"}',
    '{"e\u0301":1}', '{"a":"\\q"}', '{"a":"\\u12g4"}', '{"a":"\n"}', '{"a":1,}', '{,}', '{"a" 1}',
    '{"__proto__":1,"a":2}', '{"constructor":{"x":[]}}', '{"2":1,"10":2,"1":3}', '{"a":tru}',
    '{"a":true,"b":false,"c":null}', '\ufeff{"a":1}', '{"a":"\u2028\u007f"}',
    '{"a":"\\/\\b\\f\\n\\r\\t\\"\\\\"}', '{"a":1.5,"b":}', '{"a":1}\u00a0', "{'a':1}", '{"a":"\\u0000"}',
    '{"\ufb33":1}', "{" * 70 + "}" * 70, "[" * 300, '{"a":' * 65 + "1" + "}" * 65,
    '{"a":' * 64 + "1" + "}" * 64, '{"\U0001f600":1,"\uff21":2}',
]  # fmt: skip


def test_spellings_at_the_edges_are_taken_or_refused_alike(tmp_path: Path) -> None:
    texts = [text.encode() for text in SPELLINGS] + [
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"\xef\xbb{",
        b"\xff{}",
    ]
    for text, answer in zip(texts, answers_for(tmp_path, texts), strict=True):
        must_agree(text, answer)


def test_texts_with_one_byte_changed_are_taken_or_refused_alike(tmp_path: Path) -> None:
    chance = random.Random(8785)
    honest = '{"goods":[{"code":"8703.2323","count":1}],"name":"محمد é","open":null,"paid":true,"sum":"12.50"}'.encode()
    assert canonical_bytes(honest) == honest  # so only what is changed below can make it another text
    texts = []
    for _ in range(1500):
        changed = bytearray(honest)
        at = chance.randrange(len(changed))
        match chance.randrange(3):
            case 0:
                changed[at] = chance.choice(b'{}[]",:\\ 0e.-n\n\x80\xc3')
            case 1:
                del changed[at]
            case _:
                changed.insert(at, chance.choice(b'{}[]",:\\ 0e.-n\n\x80\xc3'))
        texts.append(bytes(changed))
    for text, answer in zip(texts, answers_for(tmp_path, texts), strict=True):
        must_agree(text, answer)


HASHES = (
    READ
    + """
import { webcrypto } from "node:crypto";
import { Sha256, sha256 } from "./sha256.js";
const fill = (length) => Uint8Array.from({ length }, (_, i) => (i * 31 + length) % 251);
const answers = [];
for (const { length, piece } of asked) {
  const data = fill(length);
  const hash = new Sha256();
  for (let at = 0; at < length; at += piece) hash.update(data.subarray(at, at + piece));
  const theirs = Buffer.from(await webcrypto.subtle.digest("SHA-256", data)).toString("hex");
  answers.push([hash.hex(), sha256(data), theirs]);
}
say(answers);
"""
)
LENGTHS = [*range(200), 255, 256, 257, 511, 512, 1000, 4095, 4096, 4097, 100_003, 1 << 20]


@pytest.mark.parametrize("piece", [1, 7, 63, 64, 65, 1000])
def test_sha_256_in_pieces_is_hashlibs(tmp_path: Path, piece: int) -> None:
    lengths = [length for length in LENGTHS if length < 5000 or piece > 60]
    told = run(tmp_path, HASHES, [{"length": length, "piece": piece} for length in lengths])
    for length, answers in zip(lengths, told, strict=True):
        data = bytes((i * 31 + length) % 251 for i in range(length))
        assert answers == [hashlib.sha256(data).hexdigest()] * 3, length


LARGE = (
    READ
    + """
import { digestsOfFile } from "./digest.js";
let seen = 0;
let largest = 0;
// A file of a size that must never be in memory at once: pieces of it are made as they are asked for.
const file = { size: asked.size, slice: (from, to) => ({ arrayBuffer: async () => {
  largest = Math.max(largest, to - from);
  return new Uint8Array(Math.max(0, Math.min(to, asked.size) - from)).fill(7).buffer;
} }) };
const digests = await digestsOfFile(file, (done) => { seen = done; });
say({ digests, seen, largest });
"""
)


def test_a_large_file_is_hashed_piece_by_piece(tmp_path: Path) -> None:
    size = (48 << 20) + 5
    told = run(tmp_path, LARGE, {"size": size})
    assert told["digests"] == [
        {"digest": hashlib.sha256(b"\x07" * size).hexdigest(), "form": "bytes", "why": None}
    ]
    assert told["seen"] == size
    assert told["largest"] <= 4 << 20
