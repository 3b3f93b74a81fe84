"""Trust roots, their successors, and what is neither."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import DAY, NOW, ORIGIN, Scene, seed
from sanad_verifier.checkpoints import in_order
from sanad_verifier.cosignatures import Window
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import Note, NoteSigner
from sanad_verifier.roots import Contract, Root, encode_root, holder_key_name

SCENE = Scene()
HOLDERS = {name: NoteSigner(holder_key_name(ORIGIN, name), seed(f"root {name}")) for name in "abcdef"}


def root(version: int = 1, holders: str = "abc", threshold: int = 2, **changes: Any) -> Root:
    """A root of the scene's network."""
    made = Root(
        version,
        NOW,
        NOW + 365 * DAY,
        threshold,
        tuple(HOLDERS[name].key for name in holders),
        (Contract("Formations", "33" * 20, "44" * 32), Contract("Ledger", "11" * 20, "22" * 32)),
        tuple(Window(one.key, NOW - 100 * DAY, 0) for one in SCENE.cosigners),
        SCENE.trust(),
    )
    return replace(made, **changes)


def signed(what: Root | str, by: Sequence[str]) -> bytes:
    """The note, signed by these holders whether they may or not."""
    text = what if isinstance(what, str) else encode_root(what)
    return Note(text, in_order(ORIGIN, [HOLDERS[name].sign(text) for name in by])).encode()


def _told(change: Callable[[dict[str, Any]], object]) -> str:
    told = json.loads(encode_root(root()))
    change(told)
    return canonicalise(told).decode() + "\n"


CLOSED = tuple(Window(one.key, 1, NOW - 50 * DAY) for one in SCENE.cosigners)
FIRST = {
    "signed by two of three": signed(root(), "ab"),
    "signed by all": signed(root(), "abc"),
    "with windows that are over": signed(root(windows=CLOSED), "ab"),
    "whose time is over": signed(root(issued=NOW - 9 * DAY, valid_until=NOW), "ab"),
    "on its last second": signed(root(issued=NOW - 9 * DAY, valid_until=NOW + 1), "ab"),
}
NEXT = {
    "the same holders": signed(root(2), "ac"),
    "one whose time is over as well": signed(root(2, issued=NOW - 9 * DAY, valid_until=NOW), "ab"),
    "one holder replaced": signed(root(2, "abd"), "ab"),
    "all holders replaced": signed(root(2, "def"), "abde"),
}
REFUSED: dict[str, bytes] = {
    "one signature of two": signed(root(), "a"),
    "signed by strangers": signed(root(), "de"),
    "a changed text": signed(root(), "ab").replace(b'"version":1', b'"version":2'),
    "another spelling": signed(encode_root(root()).replace(":", ": ", 1), "ab"),
    "no line end": signed(root(), "ab").replace(b"}\n\n", b"}\n\n\n"),
    "another schema": signed(_told(lambda t: t.update(schema="urn:sanad:root:2")), "ab"),
    "version zero": signed(_told(lambda t: t.update(version=0)), "ab"),
    "no threshold": signed(_told(lambda t: t.update(threshold=0)), "ab"),
    "a threshold that nobody reaches": signed(_told(lambda t: t.update(threshold=4)), "ab"),
    "a key twice": signed(_told(lambda t: t["keys"].__setitem__(1, t["keys"][0])), "ab"),
    "keys out of order": signed(_told(lambda t: t["keys"].reverse()), "ab"),
    "contracts out of order": signed(_told(lambda t: t["contracts"].reverse()), "ab"),
    "a contract without code": signed(_told(lambda t: t["contracts"][0].pop("codeHash")), "ab"),
    "no window": signed(_told(lambda t: t["windows"].pop()), "ab"),
    "windows out of order": signed(_told(lambda t: t["windows"].reverse()), "ab"),
    "a window that ends before it begins": signed(_told(lambda t: t["windows"][0].update(to=1)), "ab"),
    "a quorum that nobody reaches": signed(_told(lambda t: t["trust"].update(quorum=9)), "ab"),
    "no end": signed(_told(lambda t: t.pop("validUntil")), "ab"),
    "an end of zero": signed(_told(lambda t: t.update(validUntil=0)), "ab"),
    "an end before it was issued": signed(_told(lambda t: t.update(validUntil=t["issued"])), "ab"),
    "an end that is no number": signed(_told(lambda t: t.update(validUntil="2027")), "ab"),
    "a member more": signed(_told(lambda t: t.update(more=1)), "ab"),
    "nothing": b"",
}
UNFIT: dict[str, bytes] = {
    "the same version": signed(root(), "ab"),
    "a version too many": signed(root(3), "ab"),
    "new holders alone": signed(root(2, "def"), "de"),
    "one of the old holders": signed(root(2, "def"), "ade"),
    "old holders alone": signed(root(2, "def"), "abd"),
    "another network": signed(root(2, trust=replace(SCENE.trust(), origin="other/sanad/8")), "ab"),
}
