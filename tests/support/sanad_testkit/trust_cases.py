"""Trust files with one thing wrong, and where."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sanad_testkit.evidence import ORIGIN, Scene, seed
from sanad_verifier.cosignatures import CosignatureSigner
from sanad_verifier.json_profile import canonicalise
from sanad_verifier.notes import NoteSigner
from sanad_verifier.trust import Limits, encode_trust

Change = Callable[[dict[str, Any]], object]
TRUST = replace(Scene().trust(), distrusted={bytes.fromhex("bb" * 20): 1_780_000_000})
FILE = encode_trust(TRUST)
STATUS_KEY = NoteSigner(f"{ORIGIN}/status", seed("status")).key.encode()
LOG_KEY_ELSEWHERE = NoteSigner("elsewhere", seed("log")).key.encode()
LOG_KEY_COSIGNING = CosignatureSigner(f"{ORIGIN}/m", seed("log")).key.encode()
ACCEPTED = {
    "a network of validators": FILE,
    "without consensus, status key and distrusted keys": encode_trust(
        replace(TRUST, chain=None, status_keys=(), distrusted={})
    ),
    "types with limits of their own": encode_trust(replace(TRUST, limits={"FILE": Limits(60, 3600)})),
}
CHANGES: dict[str, tuple[Change, str]] = {
    "no schema": (lambda t: t.pop("schema"), "/schema"),
    "another version": (lambda t: t.update(schema="urn:sanad:trust:2"), "/schema"),
    "no network": (lambda t: t.pop("network"), "/network"),
    "a network of another type": (lambda t: t.update(network=[]), "/network"),
    "no origin": (lambda t: t["network"].pop("origin"), "/network/origin"),
    "an origin with a space": (lambda t: t["network"].update(origin="a b"), "/network/origin"),
    "another origin than the keys": (lambda t: t["network"].update(origin="elsewhere"), "/logKeys"),
    "a chain id as text": (lambda t: t["network"].update(chainId="7"), "/network/chainId"),
    "a chain id that is true": (lambda t: t["network"].update(chainId=True), "/network/chainId"),
    "chain id zero": (lambda t: t["network"].update(chainId=0), "/network/chainId"),
    "genesis in capitals": (lambda t: t["network"].update(genesis="AB" * 32), "/network/genesis"),
    "ledger with 0x": (lambda t: t["network"].update(ledger="0x" + "11" * 20), "/network/ledger"),
    "no log key": (lambda t: t.update(logKeys=[]), "/logKeys"),
    "a log key of another name": (lambda t: t.update(logKeys=[LOG_KEY_ELSEWHERE]), "/logKeys"),
    "a malformed key": (lambda t: t.update(logKeys=["x"]), "/logKeys/0"),
    "a key of another type": (lambda t: t.update(logKeys=[7]), "/logKeys/0"),
    "a cosigner as log": (lambda t: t.update(logKeys=t["cosigners"]), "/logKeys/0"),
    "the status key as log": (lambda t: t.update(logKeys=[STATUS_KEY]), "/logKeys"),
    "the log key for status": (lambda t: t.update(statusKeys=t["logKeys"]), "/statusKeys"),
    "a cosigner twice": (lambda t: t["cosigners"].append(t["cosigners"][0]), "/cosigners"),
    "the log as its own witness": (lambda t: t["cosigners"].append(LOG_KEY_COSIGNING), "/cosigners"),
    "no quorum": (lambda t: t.update(quorum=0), "/quorum"),
    "a quorum nobody can reach": (lambda t: t.update(quorum=4), "/quorum"),
    "a negative quorum": (lambda t: t.update(quorum=-1), "/quorum"),
    "fresh for no time": (lambda t: t["limits"].update(freshSeconds=0), "/limits"),
    "usable for less than fresh": (lambda t: t["limits"].update(usableSeconds=5), "/limits"),
    "formation zero": (lambda t: t["formations"][0].update(number=0), "/formations/0/number"),
    "a code in lower case": (lambda t: t["formations"][0].update(code="kapw"), "/formations/0/code"),
    "a formation twice": (lambda t: t["formations"].append(t["formations"][0]), ""),
    "a formation of another type": (lambda t: t["formations"].append(7), "/formations/1"),
    "a subject of no kind": (
        lambda t: t["subjects"]["AUCTION_RECEIPT"][0].update(kind="colour"),
        "/subjects/AUCTION_RECEIPT/0/kind",
    ),
    "a pointer that is none": (
        lambda t: t["subjects"]["AUCTION_RECEIPT"][0].update(pointer="x"),
        "/subjects/AUCTION_RECEIPT/0/pointer",
    ),
    "a type with a strange name": (lambda t: t["subjects"].update({"\x1b[31m": []}), "/subjects"),
    "a distrusted key twice": (lambda t: t["distrusted"].append(t["distrusted"][0]), ""),
    "a short address": (lambda t: t["distrusted"][0].update(key="bb"), "/distrusted/0/key"),
    "a negative time": (lambda t: t["distrusted"][0].update(since=-1), "/distrusted/0/since"),
    "something unknown": (lambda t: t.update(more=1), ""),
    "something unknown inside": (lambda t: t["limits"].update(more=1), ""),
    "validators out of order": (
        lambda t: t["chain"]["validators"][0]["addresses"].reverse(),
        "/chain/validators",
    ),
    "a validator that is no address": (
        lambda t: t["chain"]["validators"][0]["addresses"].__setitem__(0, "11"),
        "/chain/validators/0/addresses",
    ),
    "a consensus that nobody knows": (lambda t: t["chain"].update(consensus="poa"), "/chain/consensus"),
    "a consensus without validators": (lambda t: t["chain"].update(validators=[]), "/chain/validators"),
    "validators without a consensus": (lambda t: t["chain"].update(consensus="none"), "/chain/validators"),
    "limits by type that are empty": (lambda t: t["limits"].update(types={}), ""),
}
"""By name: what is changed, and the place that is named."""
BYTES: dict[str, bytes] = {
    "nothing": b"",
    "a list": b"[]",
    "null": b"null",
    "a byte order mark": b"\xef\xbb\xbf" + FILE,
    "a line end": FILE + b"\n",
    "spread out": json.dumps(json.loads(FILE), indent=2).encode(),
    "a key twice": FILE.replace(b'"quorum":2', b'"quorum":2,"quorum":1'),
    "a float": FILE.replace(b'"quorum":2', b'"quorum":2.0'),
    "not UTF-8": b"\xff" + FILE,
    "deep": b"[" * 5000,
}


def changed(change: Change) -> bytes:
    """The trust file after a change, in its canonical form."""
    told = json.loads(FILE)
    change(told)
    return canonicalise(told)


REFUSED = {name: changed(change) for name, (change, _) in CHANGES.items()} | BYTES
