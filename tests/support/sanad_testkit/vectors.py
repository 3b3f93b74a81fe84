"""The vectors of this project that follow from code, as `scripts/make_vectors.py` writes them.

What they are about is chosen in the modules named `…_cases`; here it is told so that another implementation can
read it: JSON, bytes in hex or base64, an expected outcome by stable code. Tests read the files, and compare
them with what is made here.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from sanad_testkit import (
    chain_cases,
    device_cases,
    drawdown_cases,
    entry_cases,
    message_cases,
    mirror_cases,
    note_cases,
    pack_cases,
    presentation_cases,
    proof_cases,
    qr_cases,
    reencoding_cases,
    registry_scene,
    return_cases,
    root_cases,
    status_cases,
    trust_cases,
    witness_cases,
)
from sanad_testkit.clock_vectors import clocks
from sanad_testkit.evidence import DAY, NOW, RECEIPT, SCAN, VALIDATORS, Scene, without_document
from sanad_testkit.export_vectors import exports
from sanad_testkit.pack_scene import SCENE, opened
from sanad_testkit.sealing import LEDGER, qbft_proof, set_of
from sanad_testkit.storage_vectors import journal, vault
from sanad_verifier.bundle import pack
from sanad_verifier.chain.proof import ChainProof, parse_chain_proof, verify_chain_proof
from sanad_verifier.digests import hash_leaf
from sanad_verifier.drawdown_words import AmendWord, DrawWord, OpenWord, ReturnWord
from sanad_verifier.entries import Entry, FormationWord, KeyWord, StatusWord, Terms, Window, encode_entry
from sanad_verifier.errors import EvidenceError, InputError
from sanad_verifier.examine import examine_bundle, examine_qr
from sanad_verifier.fields import field_leaves, field_root
from sanad_verifier.json_profile import parse
from sanad_verifier.mirror import read_checkpoint, verify_mirror
from sanad_verifier.packs.examining import examine_document, examine_identifier
from sanad_verifier.packs.pack import Pack, open_pack
from sanad_verifier.packs.update import make_update
from sanad_verifier.presentation import parse_presentation, verify_presentation
from sanad_verifier.qr_fields import PLACES
from sanad_verifier.register_words import EnteredWord, ParentWord, PolicyParent, PolicyRules
from sanad_verifier.roots import verify_next, verify_root
from sanad_verifier.status_lists.lists import read_lists
from sanad_verifier.tiles import MirrorInvalid, must_be_small
from sanad_verifier.title_words import TitleTerms, TitleWord
from sanad_verifier.trust import Trust, encode_trust
from sanad_verifier.verdict import Report
from sanad_verifier.witnessing import parse_add_checkpoint, parse_equivocation, verify_equivocation

Word = (
    StatusWord
    | Terms
    | Window
    | KeyWord
    | FormationWord
    | EnteredWord
    | ParentWord
    | PolicyRules
    | PolicyParent
    | OpenWord
    | DrawWord
    | ReturnWord
    | AmendWord
    | TitleTerms
    | TitleWord
)
SPREAD = RECEIPT.replace(b",", b", ")
FOLDER = Path(__file__).parents[2] / "vectors"
DOCUMENT = (
    '{"a/b":{"m~n":null},"goods":[{"mass":"12.5","parts":[]},{"notes":{}}],"lot":"KAPW-118","نام":"محمد"}'
)


def fields() -> dict[str, Any]:
    """A document, its seed, its leaves and their root."""
    value, seed = parse(DOCUMENT.encode()), bytes(range(32))
    return {
        "document": DOCUMENT,
        "seed": seed.hex(),
        "leaves": [leaf.decode() for leaf in field_leaves(value, seed)],
        "root": field_root(value, seed).hex(),
    }


def witnessing() -> dict[str, Any]:
    """A log's key, requests to its witness, and proofs that it has shown two faces, with what a reader learns."""
    return {
        "key": witness_cases.LOG.key.encode(),
        "requests": [
            _request(name, body) for name, body in (witness_cases.REQUESTS | witness_cases.MALFORMED).items()
        ],
        "equivocations": [_lie(name, proof) for name, proof in witness_cases.lies().items()],
    }


def _request(name: str, body: bytes) -> dict[str, Any]:
    case: dict[str, Any] = {"name": name, "body": b64encode(body).decode()}
    try:
        asked, head = parse_add_checkpoint(body)
    except EvidenceError as error:
        return {**case, "code": error.code}
    path = [one.hex() for one in asked.path]
    return {**case, "old": asked.old, "path": path, "size": head.size, "root": head.root.hex()}


def _lie(name: str, proof: bytes) -> dict[str, Any]:
    case: dict[str, Any] = {"name": name, "proof": b64encode(proof).decode()}
    try:
        parsed = parse_equivocation(proof)
        one, other = verify_equivocation(parsed, (witness_cases.LOG.key,))
    except EvidenceError as error:
        return {**case, "code": error.code}
    return {**case, "size": one.size, "roots": [one.root.hex(), (parsed.root or other.root).hex()]}


def bundles() -> dict[str, Any]:
    """A trust file, and bundles with the verdict on each."""
    scene = Scene()
    one_of_three = Scene(cosigner_names=("member-1",), quorum=1)
    plain = scene.parts()
    unstated = replace(plain, status=None)
    misplaced = replace(plain, status=scene.parts(11).status)
    earlier = replace(plain, status=Scene(size=20).parts().status)
    respelled = pack(replace(plain, document=SPREAD, form="bytes"))
    apart = pack(without_document(scene.parts(11)))
    sealed = replace(plain, chain=scene.sealed_entry().encode())
    few_seals = qbft_proof([(LEDGER, [bytes(32)], b"")], VALIDATORS[:2], set_of(VALIDATORS))

    def sealed_by(chain: ChainProof) -> bytes:
        return pack(replace(plain, chain=chain.encode()))

    told: dict[str, list[tuple[str, bytes, int, bytes | None, str | None]]] = {
        "authentic": [
            ("a receipt", scene.bundle(), NOW, None, None),
            ("a receipt and its car", scene.bundle(), NOW, None, "trj150 0098765"),
            ("a scan", scene.bundle(11), NOW, None, None),
            ("one of two containers", scene.bundle(20), NOW, None, "APZU 481209-0"),
            ("a document of a batch", scene.bundle(13, 7), NOW, None, None),
            ("the document presented apart", apart, NOW, SCAN, None),
            ("a receipt presented in another spelling", scene.bundle(), NOW, SPREAD, None),
            ("two days later", scene.bundle(), NOW + 2 * DAY, None, None),
            ("its entry sealed by the validators", pack(sealed), NOW, None, None),
            ("the log's root sealed by them", sealed_by(scene.sealed_root()), NOW, None, None),
        ],
        "refused": [
            ("a receipt and another car", scene.bundle(), NOW, None, "TRJ150-0098766"),
            ("another document presented", apart, NOW, SCAN + b"!", None),
            ("another document kept", pack(replace(plain, document=SCAN, form="bytes")), NOW, None, None),
            ("a receipt kept in another spelling", respelled, NOW, None, None),
            ("a suspended receipt", scene.bundle(state="suspended"), NOW, None, None),
            ("a revoked receipt", scene.bundle(state="revoked"), NOW, None, None),
            ("a superseded receipt", scene.bundle(state="superseded"), NOW, None, None),
            ("the standing of another document", pack(misplaced), NOW, None, None),
            ("the standing at an earlier checkpoint", pack(earlier), NOW, None, None),
            ("too few cosignatures", one_of_three.bundle(), NOW, None, None),
            ("another entry sealed", sealed_by(scene.sealed_entry(11)), NOW, None, None),
            ("another root sealed", sealed_by(Scene(size=20).sealed_root()), NOW, None, None),
            ("too few seals", sealed_by(few_seals), NOW, None, None),
            ("cut off", scene.bundle()[:-1], NOW, None, None),
            ("nothing", b"", NOW, None, None),
        ],
        "cannot-tell": [
            ("no document at hand", pack(without_document(plain)), NOW, None, None),
            ("no statement of its standing", pack(unstated), NOW, None, None),
            ("a car that the document does not name", scene.bundle(11), NOW, None, "TRJ150-0098765"),
            ("a clock that is behind", scene.bundle(), NOW - DAY, None, None),
        ],
        "stale": [("nine days later", scene.bundle(), NOW + 9 * DAY, None, None)],
    }
    trust = scene.trust()
    cases = []
    for verdict, named in told.items():
        for name, data, now, document, subject in named:
            report = examine_bundle(data, trust, now, document=document, subject=subject)
            cases.append(
                {
                    "name": name,
                    "bundle": b64encode(data).decode(),
                    "document": None if document is None else b64encode(document).decode(),
                    "subject": subject,
                    "now": now,
                    "verdict": verdict,
                    "answers": {n: [a.answer.value, a.reason] for n, a in report.answers.items()},
                }
            )
    return {"trust": encode_trust(trust).decode(), "cases": cases}


def entry_as_told(entry: Entry) -> dict[str, Any]:
    """An entry, with the meaning of each part."""
    raw = encode_entry(entry)
    return {
        "kind": entry.kind.name,
        "hex": raw.hex(),
        "leafHash": hash_leaf(raw).hex(),
        "key": entry.key.hex(),
        "formation": entry.formation,
        "docType": entry.doc_type,
        "subject": entry.subject.hex(),
        "related": entry.related.hex(),
        "data": entry.data.hex(),
        "time": entry.time,
    }


def word_as_told(word: Word) -> dict[str, Any]:
    """A word that has a form of its own, with the values in it; integers are all below 2^53."""
    values = {
        name: value.hex() if isinstance(value, bytes) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(word).items()
    }
    return {"word": type(word).__name__, "hex": word.pack().hex(), "values": values}


def entries() -> dict[str, Any]:
    """Entries of every kind, words and batch leaves, and bytes that are none."""
    whole = entry_cases.DIGEST + entry_cases.OTHER + entry_cases.ZERO
    return {
        "accepted": [
            entry_as_told(entry) for entry in (*entry_cases.EXAMPLES.values(), *entry_cases.BY_ORDER)
        ],
        "refused": [
            {"name": name, "hex": raw.hex(), "code": "ENTRY_INVALID", "field": place}
            for name, (raw, place) in entry_cases.REFUSED.items()
        ],
        "words": [word_as_told(word) for word in entry_cases.WORDS],
        "leaves": [
            {"name": "a leaf", "hex": whole.hex(), "leafHash": hash_leaf(whole).hex()},
            {"name": "a byte missing", "hex": whole[:-1].hex(), "code": "ENTRY_INVALID", "field": "leaf"},
            {"name": "a byte too many", "hex": whole.hex() + "00", "code": "ENTRY_INVALID", "field": "leaf"},
            {"name": "no digest", "hex": bytes(96).hex(), "code": "ENTRY_INVALID", "field": "subject"},
        ],
    }


def proofs() -> dict[str, Any]:
    """Roots, and proofs of trees whose leaf number n is the text of n, and what is no proof."""
    return {
        "leaf": "leaf n is the ASCII decimal of n",
        "roots": {str(size): proof_cases.tree(size).root.hex() for size in proof_cases.SIZES},
        "inclusion": [case.told() for case in proof_cases.inclusions()],
        "consistency": [case.told() for case in proof_cases.consistencies()],
    }


def notes() -> dict[str, Any]:
    """Checkpoints and status statements as signed, with what a reader of the trust file finds in them."""
    return {
        "trust": encode_trust(Scene().trust()).decode(),
        "checkpoints": note_cases.checkpoints(),
        "statements": note_cases.statements(),
    }


def reencodings() -> dict[str, Any]:
    """A bundle, and every other way to write it: each is the bundle with one stretch of bytes exchanged."""
    scene = Scene()
    return {
        "trust": encode_trust(scene.trust()).decode(),
        "now": NOW,
        "bundle": b64encode(reencoding_cases.BUNDLE).decode(),
        "verdict": "refused",
        "cases": [
            {"name": name, **_splice(reencoding_cases.BUNDLE, data)}
            for name, data in {**reencoding_cases.REWRITTEN, **reencoding_cases.RESPELLED}.items()
        ],
    }


def printed_codes() -> dict[str, Any]:
    """A trust file, the text of printed codes with the verdict on each, and short codes."""
    trust = qr_cases.SCENE.trust()
    cases = []
    for case in qr_cases.vectors():
        report = examine_qr(case["text"], trust, case["now"], subject=case["subject"])
        answers = {name: [a.answer.value, a.reason] for name, a in report.answers.items()}
        fields = [[one.pointer, one.value] for one in report.fields]
        cases.append({**case, "answers": answers, "fields": fields})
    return {
        "trust": encode_trust(trust).decode(),
        "places": list(PLACES),
        "cases": cases,
        "shortCodes": qr_cases.short_codes(),
    }


def _splice(old: bytes, new: bytes) -> dict[str, Any]:
    """What to put in place of the bytes [at, at + cut) to get `new` from `old`."""
    shorter = min(len(old), len(new))
    at = next((place for place in range(shorter) if old[place] != new[place]), shorter)
    tail = next((back for back in range(shorter - at) if old[-1 - back] != new[-1 - back]), shorter - at)
    return {"at": at, "cut": len(old) - at - tail, "put": b64encode(new[at : len(new) - tail]).decode()}


def packs() -> dict[str, Any]:
    """A trust file; packs; what is asked of each, with the verdicts; packs that are none; an update from one to
    another.
    """
    trust = SCENE.trust()
    cases = []
    for name, (which, question) in pack_cases.QUESTIONS.items():
        asked = {"at": NOW, **question}
        reports = asked_of_pack(opened(pack_cases.PACKS[which]), trust, asked)
        told = {key: b64encode(one).decode() if isinstance(one, bytes) else one for key, one in asked.items()}
        cases.append(
            {"name": name, "pack": which, **told, "reports": [_pack_verdict(one) for one in reports]}
        )
    return {
        "trust": encode_trust(trust).decode(),
        "packs": {name: b64encode(file.encode()).decode() for name, file in pack_cases.PACKS.items()},
        "cases": cases,
        "refused": [
            {"name": name, "pack": b64encode(data).decode(), "code": _code_of(data, trust)}
            for name, data in pack_cases.MALFORMED.items()
        ],
        "update": {
            "from": "fresh",
            "to": "revoked",
            "update": b64encode(make_update(pack_cases.FILE, pack_cases.REVOKED)).decode(),
        },
    }


def asked_of_pack(pack: Pack, trust: Trust, asked: Mapping[str, Any]) -> list[Report]:
    """The reports on one question: a document, a text, or a printed code."""
    subject, now = asked.get("subject"), asked["at"]
    if "document" in asked:
        return examine_document(asked["document"], pack, trust, now, subject=subject)
    if "text" in asked:
        return examine_identifier(asked["text"], pack, trust, now, subject=subject)
    return [examine_qr(asked["code"], trust, now, subject=subject, pack=pack)]


def _pack_verdict(report: Report) -> dict[str, Any]:
    return {
        "verdict": report.overall.value,
        "reasons": {name: one.reason for name, one in report.answers.items()},
        "type": report.doc_type,
        "issuer": report.issuer,
        "asOf": report.as_of,
        "shortCode": report.short_code,
    }


def status_lists() -> dict[str, Any]:
    """Publications, what is asked with them, and documents that are none."""
    trust = status_cases.SCENE.trust()
    return {
        "trust": encode_trust(trust).decode(),
        "at": NOW,
        "lists": {name: b64encode(data).decode() for name, data in status_cases.LISTS.items()},
        "states": [
            {"list": name, "state": one.state.hex()}
            for name, one in zip(status_cases.LISTS, status_cases.SCENE.published, strict=True)
        ],
        "bundles": {name: b64encode(data).decode() for name, data in status_cases.BUNDLES.items()},
        "cases": [
            {"bundle": name, "lists": list(taken), **_with_lists(data, taken, trust)}
            for name, data in status_cases.BUNDLES.items()
            for taken in status_cases.TAKEN
        ],
        "refused": [
            {"name": name, "document": b64encode(data).decode(), "code": "STATUS_LIST_INVALID"}
            for name, data in status_cases.MALFORMED.items()
        ],
    }


def roots() -> dict[str, Any]:
    """Trust roots; what follows on the first of them, what does not, and what is none."""
    first = next(iter(root_cases.FIRST.values()))
    bundle = root_cases.SCENE.bundle()
    return {
        "at": NOW,
        "bundle": b64encode(bundle).decode(),
        "first": [
            {
                "name": name,
                "root": b64encode(data).decode(),
                "version": verify_root(data).version,
                "validUntil": verify_root(data).valid_until,
                **_by_root(bundle, verify_root(data).trusted()),
            }
            for name, data in root_cases.FIRST.items()
        ],
        "next": [
            {
                "name": name,
                "root": b64encode(data).decode(),
                "version": verify_next(verify_root(first), data).version,
            }
            for name, data in root_cases.NEXT.items()
        ],
        "refused": [
            {"name": name, "root": b64encode(data).decode(), "code": _refusal(verify_root, data)}
            for name, data in root_cases.REFUSED.items()
        ],
        "unfit": [
            {
                "name": name,
                "root": b64encode(data).decode(),
                "code": _refusal(partial(verify_next, verify_root(first)), data),
            }
            for name, data in root_cases.UNFIT.items()
        ],
    }


def _by_root(bundle: bytes, trust: Trust) -> dict[str, Any]:
    report = examine_bundle(bundle, trust, NOW)
    return {"verdict": report.overall.value, "freshness": report.freshness.reason}


def _refusal(check: Callable[[bytes], object], data: bytes) -> str:
    try:
        check(data)
    except (EvidenceError, InputError) as error:
        return error.code
    raise AssertionError("this root is a good one")


def _with_lists(bundle: bytes, taken: Sequence[str], trust: Trust) -> dict[str, Any]:
    """The verdict on a bundle with these lists, or why they cannot be used."""
    try:
        lists = read_lists([status_cases.LISTS[name] for name in taken], trust)
    except EvidenceError as error:
        return {"code": error.code}
    report = examine_bundle(bundle, trust, NOW, lists=lists)
    return {"verdict": report.overall.value, "state": report.state.reason, "asOf": report.as_of}


def _code_of(data: bytes, trust: Trust) -> str:
    try:
        open_pack(data, trust)
    except EvidenceError as error:
        return error.code
    raise AssertionError("this pack is a good one")


def trust_files() -> dict[str, Any]:
    """Trust files, and what is none with the place that is wrong; bytes in base64."""
    return {
        "accepted": [
            {"name": name, "file": b64encode(data).decode()} for name, data in trust_cases.ACCEPTED.items()
        ],
        "refused": [
            {"name": name, "file": b64encode(data).decode(), "code": "TRUST_INVALID", **_place_of(name)}
            for name, data in trust_cases.REFUSED.items()
        ],
    }


def _place_of(name: str) -> dict[str, str]:
    return {"field": trust_cases.CHANGES[name][1]} if name in trust_cases.CHANGES else {}


def chain_proofs() -> dict[str, Any]:
    """Whom readers trust; proofs with the event that each shows, and what shows none, by code."""
    return {
        "ledger": LEDGER.hex(),
        "trusts": {
            name: {
                "consensus": one.consensus.value.decode(),
                "validators": [
                    {
                        "since": each.since,
                        "addresses": [address.hex() for address in each.validators.addresses],
                    }
                    for each in one.pinned
                ],
            }
            for name, one in chain_cases.TRUSTS.items()
        },
        "shown": [_sealed(name, trust, data) for name, (trust, data) in chain_cases.SHOWN.items()],
        "refused": [_sealed(name, trust, data) for name, (trust, data) in chain_cases.REFUSED.items()],
    }


def _sealed(name: str, trust: str, data: bytes) -> dict[str, Any]:
    case = {"name": name, "trust": trust, "proof": b64encode(data).decode()}
    try:
        block = verify_chain_proof(parse_chain_proof(data), chain_cases.TRUSTS[trust])
    except EvidenceError as error:
        return {**case, "code": error.code}
    event = {
        "address": block.event.address.hex(),
        "topics": [topic.hex() for topic in block.event.topics],
        "data": block.event.data.hex(),
    }
    return {**case, "height": block.height, "hash": block.hash.hex(), "time": block.time, "event": event}


def presentations() -> dict[str, Any]:
    """The word `related` of a document; presentations with the fields they prove, and what proves none, by code."""
    cases = {**presentation_cases.ACCEPTED, **presentation_cases.REFUSED}
    return {
        "related": presentation_cases.RELATED.hex(),
        "cases": [{"name": name, **_fields_of(data)} for name, data in cases.items()],
    }


def _fields_of(data: bytes) -> dict[str, Any]:
    case = {"presentation": b64encode(data).decode()}
    try:
        shown = verify_presentation(parse_presentation(data), presentation_cases.RELATED)
    except EvidenceError as error:
        return {**case, "code": error.code}
    return {**case, "fields": [[one.pointer, one.value] for one in shown]}


def registries() -> dict[str, Any]:
    """Bundles with the issuer's registry facts, with the verdict and what the issuer is called by a reader whose trust
    file names it, and by one whose does not.
    """
    scene = registry_scene.RegisteredScene()
    named, nameless = scene.trust(), replace(scene.trust(), formations={})
    cases = {
        "the office, the key and the scope": scene.bundle(),
        "a scope that allows to enter": registry_scene.ENTERED.bundle(),
        **registry_scene.REFUSED,
    }
    return {
        "at": NOW,
        "trusts": {"named": encode_trust(named).decode(), "nameless": encode_trust(nameless).decode()},
        "cases": [
            {
                "name": name,
                "bundle": b64encode(data).decode(),
                "named": _as_issued(data, named),
                "nameless": _as_issued(data, nameless),
            }
            for name, data in cases.items()
        ],
    }


def _as_issued(bundle: bytes, trust: Trust) -> dict[str, str]:
    report = examine_bundle(bundle, trust, NOW)
    told = {"verdict": report.overall.value, "issuer": report.issuer}
    return {**told, "intact": report.intact.reason, "authority": report.authority.reason}


def mirrors() -> dict[str, Any]:
    """A trust file; a whole mirror; files in the place of its own, with the code and the file that is named; the paths
    of the last tiles of logs of some sizes.
    """
    whole = mirror_cases.files()
    return {
        "trust": encode_trust(mirror_cases.SCENE.trust()).decode(),
        "size": mirror_cases.SCENE.size,
        "root": mirror_cases.SCENE.tree.root.hex(),
        "files": {path: b64encode(data).decode() for path, data in whole.items()},
        "refused": [
            {
                "name": name,
                "files": {
                    path: None if one is None else b64encode(one).decode() for path, one in put.items()
                },
                **_mirror_refusal({**whole, **put}),
            }
            for name, put in mirror_cases.refused().items()
        ],
        "lastPaths": {str(size): mirror_cases.last_paths(size) for size in mirror_cases.SIZES},
    }


def _mirror_refusal(files: Mapping[str, bytes | None]) -> dict[str, Any]:
    try:
        mirrored(files, mirror_cases.SCENE.trust())
    except EvidenceError as error:
        return {"code": error.code, "field": error.field}
    raise AssertionError("this mirror is a good one")


def mirrored(files: Mapping[str, bytes | None], trust: Trust) -> list[bytes]:
    """The entries of a mirror in memory, read to its end; raises what a reader of it raises."""

    def read(path: str, most: int) -> bytes:
        data = files.get(path)
        if data is None:
            raise MirrorInvalid("the mirror has no such file", field=path)
        must_be_small(len(data), most, path)
        return data

    seen: list[bytes] = []
    head = read_checkpoint(read, trust).checkpoint
    verify_mirror(read, head.size, head.root, lambda _index, raw, _entry: seen.append(raw))
    return seen


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "witnessing.json": witnessing,
    "entries.json": entries,
    "proofs.json": proofs,
    "fields.json": fields,
    "notes.json": notes,
    "bundles.json": bundles,
    "reencodings.json": reencodings,
    "printed-codes.json": printed_codes,
    "packs.json": packs,
    "status-lists.json": status_lists,
    "roots.json": roots,
    "trust-files.json": trust_files,
    "chain-proofs.json": chain_proofs,
    "presentations.json": presentations,
    "mirrors.json": mirrors,
    "registries.json": registries,
    "exports.json": exports,
    "vault.json": vault,
    "journal.json": journal,
    "clocks.json": clocks,
    "device-batches.json": device_cases.device_batches,
    "masked-amounts.json": drawdown_cases.told,
    "messages.json": message_cases.told,
    "returns.json": return_cases.told,
}
"""What makes each file in `tests/vectors` that is made."""


def written(vector: dict[str, Any]) -> str:
    """A vector file's text."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"
