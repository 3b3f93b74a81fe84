"""A hundred thousand changes to genuine evidence, ten thousand to packs and as many to status lists, and none is
believed; a thousand originals, and all are.

Changes are seeded, and reach every part by itself: the document, the proof, the notes under it, the chain proof, the
sealed header in it, the printed code. All cosignatures of these logs are needed, since a line of a signer that nobody
trusts may be changed at will: it is ignored.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from random import Random

import pytest

from sanad_testkit.evidence import DAY, KEY, NOW, OFFICE, Scene
from sanad_testkit.pack_scene import listed, make_pack
from sanad_testkit.printed_scene import RECEIPT_AT, CommittedScene
from sanad_testkit.status_scene import PUBLISHED_AT, StatusScene
from sanad_verifier import base45
from sanad_verifier.bundle import Bundle, pack
from sanad_verifier.chain.headers import Header
from sanad_verifier.chain.proof import parse_chain_proof
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.packs.examining import examine_document
from sanad_verifier.packs.pack import open_pack
from sanad_verifier.packs.update import apply_update, make_update
from sanad_verifier.qr import PREFIX, encode_qr
from sanad_verifier.status_lists.lists import read_lists
from sanad_verifier.verdict import Overall, Report

pytestmark = [pytest.mark.slow]
ORIGINALS, MUTANTS = 1000, 100_000
SCENE = CommittedScene(
    quorum=3, batch=tuple(canonicalise({"invoice": str(number)}) for number in range(ORIGINALS // 2))
)
TRUST = SCENE.trust()
PARTS = ("proof", "status", "document", "chain")


def examined(given: bytes | str) -> Report:
    return examine_qr(given, TRUST, NOW) if isinstance(given, str) else examine_bundle(given, TRUST, NOW)


def bundles() -> list[Bundle]:
    """One for each document of the batch but for the last, which makes room for a receipt. Every second one has a chain
    proof too: the validators sealed its entry.
    """
    batch = [SCENE.parts(SCENE.batch_at, place) for place in range(ORIGINALS // 2 - 1)]
    sealed = SCENE.sealed_entry(SCENE.batch_at).encode()
    mixed = [replace(one, chain=sealed) if at % 2 else one for at, one in enumerate(batch)]
    return [*mixed, replace(SCENE.parts(RECEIPT_AT), chain=SCENE.sealed_entry().encode())]


def codes() -> list[str]:
    return [encode_qr(SCENE.code(place)) for place in range(ORIGINALS // 2)]


def changed(data: bytes, random: Random) -> bytes:
    """Some bytes changed, taken out, put in, or exchanged with others."""
    at, size = random.randrange(len(data)), random.randrange(1, 9)
    match random.randrange(5):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + size :]
        case 2:
            return data[:at] + random.randbytes(size) + data[at:]
        case 3:
            return data[:at] + random.randbytes(size) + data[at + size :]
        case _:
            other = random.randrange(len(data))
            return data[:at] + data[other : other + size] + data[at + size :]


def with_part(bundle: Bundle, name: str, random: Random) -> bytes | None:
    """The bundle with one part changed, packed as the rules ask for; None if no bundle can be made of that."""
    other = replace(bundle, **{name: changed(getattr(bundle, name), random)})  # type: ignore[arg-type]
    if name == "document":
        other = replace(other, form="bytes")
    try:
        return pack(other)
    except InputError:
        return None


def with_header(bundle: Bundle, random: Random) -> bytes:
    """The bundle with one field changed of the sealed header, in a chain proof that is well-formed."""
    proof = parse_chain_proof(bundle.chain or b"")
    fields = list(proof.header.fields)
    at = random.choice([place for place, one in enumerate(fields) if one])
    fields[at] = changed(fields[at], random)
    return pack(replace(bundle, chain=replace(proof, header=Header(tuple(fields))).encode()))


KINDS = (*PARTS, "header", "bundle", "code", "text")


def mutants(random: Random) -> Iterator[tuple[str, bytes | str]]:
    """What was changed, and the change of it, each kind as often as the others."""
    kept, printed = bundles(), codes()
    sealed = [one for one in kept if one.chain is not None]
    for kind in cycle(KINDS):
        bundle = random.choice(sealed if kind in {"chain", "header"} else kept)
        text = random.choice(printed)
        original: bytes | str = text if kind in {"code", "text"} else pack(bundle)
        mutant: bytes | str | None
        if kind == "code":
            mutant = PREFIX + base45.encode(changed(base45.decode(text.removeprefix(PREFIX)), random))
        elif kind == "text":
            at = random.randrange(len(text))
            mutant = text[:at] + random.choice(base45.ALPHABET) + text[at + 1 :]
        elif kind == "bundle":
            mutant = changed(pack(bundle), random)
        elif kind == "header":
            mutant = with_header(bundle, random)
        else:
            mutant = with_part(bundle, kind, random)
        if mutant is not None and mutant != original:
            yield kind, mutant


def test_a_thousand_originals_are_all_authentic() -> None:
    originals: list[bytes | str] = [*map(pack, bundles()), *codes()]
    assert len(originals) == ORIGINALS
    assert {examined(one).overall for one in originals} == {Overall.AUTHENTIC}


@pytest.mark.parametrize("part", range(4))
def test_of_a_hundred_thousand_changes_none_is_authentic(part: int) -> None:
    seen: Counter[str] = Counter()
    for kind, mutant in islice(mutants(Random(part)), MUTANTS // 4):
        seen[kind] += 1
        assert examined(mutant).overall is not Overall.AUTHENTIC, (kind, mutant)
    assert seen.total() == MUTANTS // 4
    assert min(seen[kind] for kind in KINDS) > MUTANTS // 4 // len(KINDS) // 2


# -- packs: what a changed one, or one put together of two, says of forged documents ------------------------------


PACKED = [b"document %d" % number for number in range(200)]
OFFICE_FILES = ("FILE", OFFICE, KEY)
SHIFT = make_pack(
    {OFFICE_FILES: [listed(one, number=f"N-{at}", code=bytes(8)) for at, one in enumerate(PACKED)]}
)
WITHDRAWN = make_pack(
    {
        OFFICE_FILES: [
            listed(one, state="revoked", number=f"N-{at}", code=bytes(8)) for at, one in enumerate(PACKED)
        ]
    }
)


def by_pack(data: bytes, document: bytes) -> set[Overall]:
    """The verdicts on a document; none where the pack is refused."""
    try:
        pack = open_pack(data, TRUST)
    except EvidenceError:
        return set()
    return {report.overall for report in examine_document(document, pack, TRUST, NOW)}


def test_every_document_of_a_pack_is_authentic_and_none_that_is_not_in_it() -> None:
    data = SHIFT.encode()
    assert {verdict for one in PACKED for verdict in by_pack(data, one)} == {Overall.AUTHENTIC}
    assert {verdict for one in PACKED for verdict in by_pack(data, one + b"!")} == {Overall.UNKNOWN}
    assert {verdict for one in PACKED for verdict in by_pack(WITHDRAWN.encode(), one)} == {Overall.REFUSED}


def test_of_ten_thousand_changes_to_a_pack_none_makes_a_revoked_document_authentic() -> None:
    random, data, other = Random(9), WITHDRAWN.encode(), SHIFT.encode()
    for _ in range(5000):
        mutant = changed(data, random)
        assert mutant == data or not by_pack(mutant, PACKED[0])
    for _ in range(5000):
        at, size = random.randrange(len(data)), random.randrange(1, len(data))
        mutant = data[:at] + other[at : at + size] + data[at + size :]
        assert mutant in {data, other} or not by_pack(mutant, PACKED[0])


def test_of_two_thousand_changes_to_an_update_none_makes_another_pack() -> None:
    random, update = Random(10), make_update(SHIFT, WITHDRAWN)
    for _ in range(2000):
        try:
            made = apply_update(SHIFT, changed(update, random), TRUST)
        except (EvidenceError, InputError):
            continue
        assert made.encode() == WITHDRAWN.encode() or not by_pack(made.encode(), PACKED[0])


# -- status lists: what a changed one says of a revoked document --------------------------------------------------


def test_of_ten_thousand_changes_to_status_lists_none_makes_a_revoked_document_authentic() -> None:
    scene = StatusScene(quorum=3, steps=(({5: "revoked"}, {3: "revoked"}),))
    old = Scene(quorum=3, time=PUBLISHED_AT - DAY)
    trust, (genuine,) = scene.trust(), scene.lists()
    parts, random, taken = scene.parts(scene.size - 1), Random(9), 0
    targets = [old.bundle(5), old.bundle(old.batch_at, 3)]
    for number in range(10_000):
        mutant = (
            changed(genuine, random)
            if number % 2
            else with_part(
                parts, random.choice([one for one in PARTS if getattr(parts, one) is not None]), random
            )
        )
        try:
            lists = read_lists([mutant or b""], trust)
        except EvidenceError:
            continue
        taken += 1  # such as one whose own standing was changed, which nobody reads
        for bundle in targets:
            assert examine_bundle(bundle, trust, NOW, lists=lists).overall is Overall.REFUSED, mutant
    assert taken < 5_000
