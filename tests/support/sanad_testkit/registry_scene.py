"""A small log that begins with the office, key and scope by which its documents were issued; what is wrong with
others.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sanad_testkit.evidence import DAY, KEY, NOW, OFFICE, Scene
from sanad_verifier.bundle import Bundle, pack
from sanad_verifier.digests import hash_leaf
from sanad_verifier.entries import Entry, FormationWord, KeyWord, Kind, Window, encode_entry
from sanad_verifier.merkle import Levels
from sanad_verifier.registry import Registry, ShownEntry

SINCE = NOW - 60 * DAY
RECEIPT_AT = 5
NUMBER, ADDRESS = OFFICE.to_bytes(32), KEY.rjust(32, b"\0")
ISSUE = (1 << Kind.ISSUE).to_bytes(32)
OPEN = Window(SINCE, 0)


def _by_members(kind: Kind, subject: bytes, related: bytes, data: bytes, doc_type: str = "") -> Entry:
    return Entry(kind, bytes(20), 0, doc_type, subject, related, data, SINCE)


def office(code: bytes = b"KAPW-AUC", window: Window = OPEN, number: bytes = NUMBER) -> Entry:
    """The entry that registered the office."""
    word = FormationWord(0, 0, window).pack()
    return _by_members(Kind.FORMATION, number, code.ljust(32, b"\0"), word, "AUCTION")


def key(formation: int = OFFICE, window: Window = OPEN, address: bytes = ADDRESS) -> Entry:
    """The entry that admitted the key."""
    return _by_members(Kind.KEY, address, bytes(32), KeyWord(formation, window).pack())


def scope(doc_type: str = "AUCTION_RECEIPT", acts: bytes = ISSUE, window: Window = OPEN) -> Entry:
    """The entry that gave the scope."""
    return _by_members(Kind.SCOPE, NUMBER, acts, window.pack(), doc_type)


@dataclass
class RegisteredScene(Scene):
    """The log's first entries are `office`, `key` and `scope`; `shown` are the places that its bundles show."""

    office: Entry | None = None
    key: Entry | None = None
    scope: Entry | None = None
    shown: tuple[int, ...] = (0, 1, 2)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.entries[:3] = [self.office or office(), self.key or key(), self.scope or scope()]
        self.tree = Levels([hash_leaf(encode_entry(entry)) for entry in self.entries])

    def registry(self) -> Registry:
        """The facts that go with a bundle."""
        return Registry(
            tuple(
                ShownEntry(encode_entry(self.entries[at]), at, self.tree.proof(at).path) for at in self.shown
            )
        )

    def parts(self, index: int = RECEIPT_AT, place: int | None = None, state: str = "active") -> Bundle:
        return replace(super().parts(index, place, state), registry=self.registry().encode())


def _with(change: Callable[[Registry], Registry]) -> bytes:
    scene = RegisteredScene()
    return pack(replace(scene.parts(), registry=change(scene.registry()).encode()))


def _first(facts: Registry, **changes: object) -> Registry:
    return Registry((replace(facts.entries[0], **changes), *facts.entries[1:]))  # type: ignore[arg-type]


ENTERED = RegisteredScene(scope=scope(acts=(1 << Kind.ENTER).to_bytes(32)))
"""A controlled document: the register wrote its ISSUE entry under a scope that allows to enter."""
DIFFERENT: dict[str, RegisteredScene] = {
    "an office of another number": RegisteredScene(office=office(number=(OFFICE + 1).to_bytes(32))),
    "an office that was open only later": RegisteredScene(office=office(window=Window(NOW, 0))),
    "an office that was closed before": RegisteredScene(office=office(window=Window(1, SINCE))),
    "an office that the trust file calls otherwise": RegisteredScene(office=office(b"KAPW-XXX")),
    "a key of another office": RegisteredScene(key=key(OFFICE + 1)),
    "another key": RegisteredScene(key=key(address=bytes(12) + bytes.fromhex("bb" * 20))),
    "a key that was valid only later": RegisteredScene(key=key(window=Window(NOW, 0))),
    "a scope on another type": RegisteredScene(scope=scope("FILE")),
    "a scope for another act": RegisteredScene(scope=scope(acts=(1 << Kind.REVOKE).to_bytes(32))),
    "a scope that had ended": RegisteredScene(scope=scope(window=Window(1, SINCE))),
    "two entries of documents": RegisteredScene(shown=(0, 3, 4)),
    "no scope": RegisteredScene(shown=(0, 1, 3)),
    "an entry from after the act": RegisteredScene(shown=(0, 1, 7)),
}
REFUSED: dict[str, bytes] = {name: scene.bundle() for name, scene in DIFFERENT.items()} | {
    "an entry that is not in the log": _with(
        lambda facts: _first(facts, raw=encode_entry(office(b"KAPW-XXX")))
    ),
    "another place": _with(lambda facts: _first(facts, path=facts.entries[1].path)),
    "a path that is too short": _with(lambda facts: _first(facts, path=facts.entries[0].path[:-1])),
    "two entries": _with(lambda facts: Registry(facts.entries[:2])),
    "an entry twice": _with(lambda facts: Registry((facts.entries[0], *facts.entries[:2]))),
    "entries out of order": _with(lambda facts: Registry(facts.entries[::-1])),
    "a short entry": _with(lambda facts: _first(facts, raw=facts.entries[0].raw[:-1])),
    "no facts": pack(replace(RegisteredScene().parts(), registry=b"{}")),
    "other spelling": pack(
        replace(RegisteredScene().parts(), registry=RegisteredScene().registry().encode() + b"\n")
    ),
}
