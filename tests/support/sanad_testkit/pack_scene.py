"""A pack of the scene's documents, made as a node makes one, but of what the scene says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import CONTAINERS, KEY, NOW, OFFICE, ORIGIN, RECEIPT, SCAN, Scene, seed
from sanad_testkit.printed_scene import RECEIPT_AT, CommittedScene
from sanad_verifier.digests import Digest, sha256
from sanad_verifier.documents import document_digest
from sanad_verifier.entries import BatchLeaf
from sanad_verifier.packs.contents import Contents, SectionHead, encode_contents, sign_contents
from sanad_verifier.packs.pack import Pack, PackFile, verify_pack
from sanad_verifier.packs.section import Listed, prefix_of, shape_of, write_section
from sanad_verifier.packs.tags import NO_TAG, NUMBER, THING, code_tag, tag
from sanad_verifier.standings import STANDINGS

SALT = seed("salt")[:16]
SCENE = CommittedScene()
RECEIPT_NUMBER, LADING_NUMBER = "KAPW-AUC-2026-118", "SMPL/SMPLNGB2608290042"
Section = tuple[str, int, bytes]


def listed(
    document: bytes,
    *,
    state: str = "active",
    number: str = "",
    things: Sequence[str] = (),
    code: bytes = b"",
    salt: bytes = SALT,
) -> Listed:
    """What a pack says of a document."""
    first = tag(salt, NUMBER, number) if number else NO_TAG
    others = sorted({tag(salt, THING, thing) for thing in things})
    digest = document_digest(document).digest
    return Listed(prefix_of(digest), STANDINGS[state], (first, *others), code)


def receipt_code() -> bytes:
    """The tag of what the receipt's certificate says."""
    entry = SCENE.entries[RECEIPT_AT]
    return code_tag(SALT, BatchLeaf(entry.subject, entry.related, entry.data), entry.time)


def scene_sections(state: str = "active") -> dict[Section, list[Listed]]:
    """The receipt in this state, a scan and a bill of lading in force, and other files."""
    receipt = listed(
        RECEIPT,
        state=state,
        number=RECEIPT_NUMBER,
        things=("TRJ150-0098765", "1TR-1234567"),
        code=receipt_code(),
    )
    lading = listed(CONTAINERS, number=LADING_NUMBER, things=("TCLU4482017", "APZU4812090"), code=bytes(8))
    files = [b"other document %d" % index for index in range(40)]
    return {
        ("AUCTION_RECEIPT", OFFICE, KEY): [receipt],
        ("BILL_OF_LADING", OFFICE, KEY): [lading],
        ("FILE", OFFICE, KEY): [listed(one, code=bytes(8)) for one in (SCAN, *files)],
    }


def make_pack(
    sections: Mapping[Section, Sequence[Listed]] | None = None,
    *,
    scene: Scene = SCENE,
    codes: bool = True,
    bits: int | None = None,
    suspect_since: int = 0,
    **changes: Any,
) -> PackFile:
    """The file of a pack; `changes` are of its contents, which are signed as they come out."""
    given = scene_sections() if sections is None else sections
    heads, written = [], []
    for section, documents in sorted(given.items()):
        told = sorted(one if codes else replace(one, code=b"") for one in documents)
        shape = shape_of(told, codes=codes, bits=bits)
        numbered = sum(one.tags[0] != NO_TAG for one in told)
        heads.append(SectionHead(*section, suspect_since, numbered, shape))
        written.append(write_section(told, shape))
    whole = b"".join(written)
    contents = Contents(
        ORIGIN,
        scene.size,
        scene.tree.root,
        scene.time,
        tuple(sorted({doc_type for doc_type, _, _ in given})),
        "",
        tuple(sorted({formation for _, formation, _ in given})),
        SALT,
        0,
        tuple(heads),
        sha256(whole),
    )
    return signed(encode_contents(replace(contents, **changes)), whole, scene)


def signed(contents: bytes, sections: bytes, scene: Scene = SCENE) -> PackFile:
    """The file of these members, with the signatures they should have."""
    note = sign_contents(contents, ORIGIN, scene.status)
    return PackFile(note, scene.checkpoint(), contents, sections)


def opened(file: PackFile, scene: Scene = SCENE) -> Pack:
    """The pack, checked."""
    return verify_pack(file, scene.trust())


def many(count: int, random: Any, things: int = 2) -> dict[Section, list[Listed]]:
    """So many documents of three offices, with numbers and things that count up."""
    found: dict[Section, list[Listed]] = {}
    states = sorted(STANDINGS)
    for number in range(count):
        digest = Digest(random.randbytes(32))
        tags = sorted(
            {tag(SALT, THING, f"CHASSIS-{number}-{one}") for one in range(random.randrange(things + 1))}
        )
        one = Listed(
            prefix_of(digest),
            STANDINGS[states[random.randrange(len(states))]],
            (tag(SALT, NUMBER, f"N-{number}"), *tags),
            random.randbytes(8),
        )
        section = ("AUCTION_RECEIPT", 1 + random.randrange(3), KEY)
        found.setdefault(section, []).append(one)
    return found


__all__ = [
    "LADING_NUMBER",
    "NOW",
    "RECEIPT_NUMBER",
    "SALT",
    "SCENE",
    "listed",
    "make_pack",
    "many",
    "opened",
    "scene_sections",
    "signed",
]
