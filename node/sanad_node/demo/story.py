"""The story of the sample dossier: what an office, a squad and an auditor do in a week, and what an
impostor tries.

Each chapter is a function over the stage; the expectations are part of the story and not taken from the
run.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import as_file
from pathlib import Path
from typing import Any

from sanad_node import (
    batching,
    checkpointing,
    custody,
    finding,
    fsck,
    governance,
    issuing,
    reindexing,
    standing,
    tracing,
    types,
    verifying,
)
from sanad_node.acting import word
from sanad_node.demo.record import Outcome, Record
from sanad_node.founding import found
from sanad_node.node import Node
from sanad_node.reading import ConsignmentRecord
from sanad_node.samples import FOLDER
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Condition, Reason
from sanad_verifier.examine import examine_bundle
from sanad_verifier.trust import Trust, encode_trust, parse_trust
from sanad_verifier.verdict import Report

NINE_DAYS = 9 * 24 * 3600


@dataclass(slots=True)
class Stage:
    """What the chapters share."""

    node: Node
    record: Record
    samples: Path
    digests: dict[str, Digest] = field(default_factory=dict)

    def sample(self, name: str) -> bytes:
        return (self.samples / name).read_bytes()

    def listed(self, name: str) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = json.loads(self.sample(name))
        return told


def tell(record: Record, data: Path) -> None:
    """Run every chapter in a fresh data directory at `data`."""
    record.run("found a network: chain, four contracts, one member", "final", lambda: _found(data))
    with as_file(FOLDER) as folder, Node(data) as node:
        stage = Stage(node, record, Path(folder))
        for chapter in (
            _offices,
            _dossier,
            _squad,
            _amendment,
            _batches,
            _standing,
            _impostors,
            _hand_overs,
            _holds,
            _offline,
            _auditor,
        ):
            chapter(stage)


def _found(data: Path) -> Outcome:
    found(data, "sanad-demo")
    return "final", ""


# -- offices ------------------------------------------------------------------------------------------------------


def _offices(stage: Stage) -> None:
    """Eleven offices, each with a key of its own and scopes of its own, by proposals to the consortium."""
    node = stage.node
    offices = stage.listed("formations.json")

    def add() -> Outcome:
        node.catch_up()
        numbers = {office["code"]: place for place, office in enumerate(offices, start=1)}
        calls: list[tuple[str, str, tuple[Any, ...]]] = []
        for office in offices:
            parent = numbers.get(office.get("parent", ""), 0)
            calls.append(
                ("Formations", "addFormation", (word(office["code"]), word(office["kind"]), parent, 0, 0, 0))
            )
        for office in offices:
            number, key = numbers[office["code"]], node.keyring.create()
            calls.append(("Formations", "addKey", (number, key, bytes(32), 0, 0)))
            calls += [
                (
                    "Formations",
                    "setScope",
                    (number, word(scope["type"]), governance.scope_word(_names(scope["acts"])), 0, 0),
                )
                for scope in office["scopes"]
            ]
        done = governance.propose_all(node, calls)
        return done[-1].act.state, f"{len(node.reader.formations())} offices"

    stage.record.run("add offices, keys and scopes by proposal", f"final {len(offices)} offices", add)


def _names(acts: list[str]) -> list[str]:
    return [act.lower().replace("_", "-") for act in acts]


# -- documents ----------------------------------------------------------------------------------------------------


def _dossier(stage: Stage) -> None:
    """Each office issues its paper; the amended declaration waits for its own chapter."""
    for paper in stage.listed("dossier.json"):
        if "supersedes" not in paper:
            name = f"{paper['as']} issues {paper['type']} {Path(paper['file']).name}"
            stage.record.run(name, "final", partial(_issue, stage, paper))
    for paper in stage.listed("dossier.json"):
        if "supersedes" not in paper:
            stage.record.run(
                f"verify {Path(paper['file']).name}",
                "active authentic",
                partial(_verify, stage, paper["file"]),
            )


def _issue(stage: Stage, paper: dict[str, Any], replaces: Digest | None = None) -> Outcome:
    issued = issuing.issue(
        stage.node,
        stage.sample(paper["file"]),
        doc_type=paper["type"],
        formation=paper["as"],
        number=paper.get("number"),
        name=Path(paper["file"]).name,
        replaces=replaces,
    )
    stage.digests[paper["file"]] = issued.digest
    return issued.act.state, ""


def _verify(stage: Stage, name: str, subject: str | None = None, content: bytes | None = None) -> Outcome:
    document = stage.sample(name) if content is None else content
    return _told(verifying.verify(stage.node, verifying.Asked(document=document, subject=subject))[0])


def _told(report: Report) -> Outcome:
    return report.in_force, report.overall.value


def _squad(stage: Stage) -> None:
    """A squad on the road: the right car, another car, and a paper that somebody has improved."""
    receipt = "dossier/08-auction-receipt.json"
    document = json.loads(stage.sample(receipt))
    checked = types.check(types.get("AUCTION_RECEIPT"), stage.sample(receipt))
    chassis = next(s.text for s in types.subjects_of(checked) if s.kind == "chassis")
    run = stage.record.run
    run(
        "squad: receipt and the car in front of it",
        "active authentic",
        lambda: _verify(stage, receipt, chassis),
    )
    run(
        "squad: same receipt, another car",
        "active refused",
        lambda: _verify(stage, receipt, "NZE141-6113208"),
    )
    respelt = json.dumps(document, indent=4, ensure_ascii=False).encode()
    run(
        "squad: same receipt, other spelling of the JSON",
        "active authentic",
        lambda: _verify(stage, receipt, chassis, respelt),
    )
    forged = stage.sample(receipt).replace(chassis.encode(), b"NZE141-6113208")
    run("squad: chassis number changed in the file", "unknown", lambda: _verify(stage, receipt, None, forged))


def _amendment(stage: Stage) -> None:
    """The declaration is amended: the new version takes the old one's place, and the old one says so."""
    paper = next(p for p in stage.listed("dossier.json") if "supersedes" in p)
    old = paper["supersedes"]

    def supersede() -> Outcome:
        node = stage.node
        before = node.reader.documents_by_digest([stage.digests[old]])[0]
        after = node.reader.documents_by_digest([stage.digests[paper["file"]]])[0]
        return standing.supersede(node, before, after, reason=Reason(paper["reason"])).act.state, ""

    run = stage.record.run
    run("a second declaration of the same number", "refused NUMBER_IN_USE", lambda: _issue(stage, paper))
    run(
        "the amended declaration, announced as its replacement",
        "final",
        lambda: _issue(stage, paper, stage.digests[old]),
    )
    run("supersede the first declaration", "final", supersede)
    run("verify the first declaration", "superseded refused", lambda: _verify(stage, old))
    run("verify the amended declaration", "active authentic", lambda: _verify(stage, paper["file"]))


def _batches(stage: Stage) -> None:
    """Fifty receipts from a CSV file and a folder of invoices, each under one root; then one of them alone."""
    node = stage.node

    def receipts() -> Outcome:
        kind = types.get("AUCTION_RECEIPT")
        rows = batching.read_csv(
            stage.samples / "batches/auction-receipts.csv", kind, node.directory.secret("vault")
        )
        outcomes = list(batching.issue_batch(node, rows, doc_type=kind.name, formation="KAPW-AUC"))
        stage.digests.update((o.source, o.digest) for o in outcomes if o.digest is not None)
        return "final", _counts(outcomes)

    def invoices() -> Outcome:
        kind = types.get("COMMERCIAL_INVOICE")
        files = batching.read_folder(stage.samples / "batches/invoices", kind)
        return "final", _counts(
            list(batching.issue_batch(node, files, doc_type=kind.name, formation="RAVI-AUTO"))
        )

    def member() -> Outcome:
        document = node.vault.get(stage.digests["line 30"])
        return _told(verifying.verify(node, verifying.Asked(document=document))[0])

    run = stage.record.run
    run("issue 50 auction receipts from a CSV file", "final 50 issued", receipts)
    run("run the same CSV file again", "final 50 already", receipts)
    run("issue a folder of invoices", "final 5 issued", invoices)
    run("verify one receipt of the batch", "active authentic", member)


def _counts(outcomes: list[batching.Outcome]) -> str:
    words = sorted({o.outcome for o in outcomes})
    return ", ".join(f"{sum(o.outcome == w for o in outcomes)} {w}" for w in words)


def _standing(stage: Stage) -> None:
    """Suspended, in force again, revoked for ever."""
    name = "dossier/07-form-e.json"

    def change(what: standing.Change, reason: Reason) -> Callable[[], Outcome]:
        def do() -> Outcome:
            document = finding.document(stage.node, stage.digests[name].hex())
            return standing.change_standing(stage.node, document, what, reason=reason).act.state, ""

        return do

    run = stage.record.run
    run("suspend the Form E, under inquiry", "final", change("suspend", Reason.UNDER_INQUIRY))
    run("verify the suspended Form E", "suspended refused", lambda: _verify(stage, name))
    run("reinstate it", "final", change("reinstate", Reason.INQUIRY_CLOSED))
    run("verify it again", "active authentic", lambda: _verify(stage, name))
    run("revoke it for fraud", "final", change("revoke", Reason.FRAUD))
    run("verify the revoked Form E", "revoked refused", lambda: _verify(stage, name))
    run(
        "reinstate what was revoked", "refused LEDGER_WRONG_STATE", change("reinstate", Reason.INQUIRY_CLOSED)
    )


def _impostors(stage: Stage) -> None:
    """The fraud of 2025: receipts entered under the logins of another collectorate. Here the contract
    refuses them.
    """
    node = stage.node
    kind = types.get("AUCTION_RECEIPT")
    blank = json.loads(kind.read_sample())
    blank.pop("salt")
    receipt = types.prepare(kind, json.dumps({**blank, "receiptNumber": "AUC-FORGED-1"}).encode())

    def forge(formation: str) -> Callable[[], Outcome]:
        return lambda: (issuing.issue(node, receipt, doc_type=kind.name, formation=formation).act.state, "")

    def suspend() -> Outcome:
        return governance.suspend_formation(node, "KAPW-AUC", Reason.FRAUD).state, ""

    def reinstate() -> Outcome:
        return governance.reinstate_formation(node, "KAPW-AUC", Reason.INQUIRY_CLOSED).act.state, ""

    run = stage.record.run
    run("another collectorate enters an auction receipt", "refused FORMATIONS_OUT_OF_SCOPE", forge("FSDP"))
    run("one member suspends the auction cell at once", "final", suspend)
    run("the suspended cell issues a receipt", "refused FORMATIONS_SUSPENDED", forge("KAPW-AUC"))
    run(
        "what it issued before is still good",
        "active authentic",
        lambda: _verify(stage, "dossier/08-auction-receipt.json"),
    )
    run("the consortium lifts the suspension", "final", reinstate)
    run("the same paper issued twice", "refused ALREADY_ISSUED", lambda: _twice(stage))


def _twice(stage: Stage) -> Outcome:
    name = "dossier/03-commercial-invoice.json"
    issued = issuing.issue(
        stage.node,
        stage.sample(name),
        doc_type="COMMERCIAL_INVOICE",
        formation="RAVI-AUTO",
        key="another-request",
    )
    return issued.act.state, ""


# -- custody ------------------------------------------------------------------------------------------------------


def _hand_overs(stage: Stage) -> None:
    """Every hand-over of the samples, two signatures each; a refusal for shortage; and what custody does
    not allow.
    """
    for cargo in stage.listed("consignments.json"):
        for place, step in enumerate(cargo["steps"]):
            if step["act"] in {"hold", "lift"}:
                continue
            words = f"{cargo['reference']}: {step['as']} {step['act']}s" + (
                f" to {step['to']}" if "to" in step else ""
            )
            stage.record.run(words, "final", partial(_move, stage, cargo, step))
            if place == 1 and cargo["kind"] == "CONTAINER" and cargo["reference"].startswith("TCLU"):
                _what_custody_refuses(stage, cargo)


def _what_custody_refuses(stage: Stage, cargo: dict[str, Any]) -> None:
    """While the container is on its way from the line to the terminal."""

    def act(step: dict[str, Any]) -> Callable[[], Outcome]:
        return lambda: _move(stage, cargo, step)

    run = stage.record.run
    stranger = {"act": "receive", "as": "FSD-BWH", "quantity": 200}
    run("a stranger receives it", "refused CUSTODY_NOT_THE_TAKER", act(stranger))
    run(
        "the holder receives it itself", "refused CUSTODY_NOT_THE_TAKER", act({**stranger, "as": "SMPL-LINE"})
    )
    again = {"act": "ship", "as": "SMPL-LINE", "to": "FSD-BWH", "quantity": 200}
    run("the holder ships it a second time", "refused CUSTODY_IN_TRANSIT", act(again))


def _move(stage: Stage, cargo: dict[str, Any], step: dict[str, Any]) -> Outcome:
    node = stage.node
    named = (
        cargo["documents"] if step["act"] == "register" else [step["evidence"]] if "evidence" in step else []
    )
    stated = custody.Particulars(
        place=step.get("place", ""),
        quantity=step.get("quantity", 0),
        unit=cargo["unit"],
        condition=Condition[step.get("condition", "not stated").upper().replace(" ", "_")],
        seal=step.get("seal", ""),
        note=step.get("note", ""),
        documents=tuple(stage.digests[name].hex() for name in named),
    )
    if step["act"] == "register":
        done = custody.register(
            node, kind=cargo["kind"], reference=cargo["reference"], formation=step["as"], particulars=stated
        )
        return done.act.state, ""
    consignment = _consignment(stage, cargo)
    if step["act"] == "ship":
        done = custody.ship(node, consignment, formation=step["as"], taker=step["to"], particulars=stated)
    else:
        refuse = step["act"] == "refuse"
        done = custody.receive(node, consignment, formation=step["as"], particulars=stated, refuse=refuse)
    return done.act.state, ""


def _consignment(stage: Stage, cargo: dict[str, Any]) -> ConsignmentRecord:
    return finding.consignment(stage.node, cargo["reference"])


def _holds(stage: Stage) -> None:
    """A court holds the vehicle: nobody moves it. Then both sides sign at one table, in one transaction."""
    node = stage.node
    cargo = stage.listed("consignments.json")[1]

    def hold() -> Outcome:
        done = custody.hold(node, _consignment(stage, cargo), formation="SCC-KHI", reason=Reason.COURT_ORDER)
        return done.act.state, ""

    def lift() -> Outcome:
        done = custody.lift(
            node, _consignment(stage, cargo), formation="SCC-KHI", reason=Reason.ORDER_VACATED
        )
        return done.act.state, ""

    def hand_over() -> Outcome:
        stated = custody.Particulars("PKKHI", 204, "packages", Condition.GOOD, "NSL13387")
        done = custody.hand_over(
            node, _consignment(stage, cargo), formation="KSCT", taker="INDUS-BOND", particulars=stated
        )
        return done.act.state, ""

    name = cargo["reference"]
    run = stage.record.run
    run(f"{name}: a court puts it on hold", "final", hold)
    run(f"{name}: handed over while on hold", "refused CUSTODY_ON_HOLD", hand_over)
    run(f"{name}: the court lifts its hold", "final", lift)
    run(f"{name}: handed over, both signatures in one transaction", "final", hand_over)
    run(
        "a consignment nobody registered",
        "refused UNKNOWN_CONSIGNMENT",
        lambda: (str(finding.consignment(node, "MSKU0000000")), ""),
    )


# -- evidence -----------------------------------------------------------------------------------------------------


def _offline(stage: Stage) -> None:
    """One file and the trust file, no node: what a stranger can check."""
    node = stage.node
    name = "dossier/08-auction-receipt.json"
    record = node.reader.documents_by_digest([stage.digests[name]])[0]
    checkpointing.sign_checkpoint(node)
    bundle = verifying.make_bundle(node, record)
    trust = parse_trust(encode_trust(checkpointing.trust(node)))
    now = int(node.clock())
    changed = stage.sample(name).replace(b"KAPW", b"FSDP")
    stranger = Trust(**{**_members(trust), "log_keys": trust.status_keys, "status_keys": trust.log_keys})
    run = stage.record.run
    run(
        "offline: bundle and trust file",
        "active authentic",
        lambda: _told(examine_bundle(bundle, trust, now)),
    )
    run(
        "offline: one byte of the bundle changed",
        "refused",
        lambda: _told(examine_bundle(_flip(bundle), trust, now)),
    )
    run(
        "offline: another document presented with it",
        "refused",
        lambda: _told(examine_bundle(bundle, trust, now, document=changed)),
    )
    run(
        "offline: keys of another network trusted",
        "refused",
        lambda: _told(examine_bundle(bundle, stranger, now)),
    )
    run(
        "offline: the same bundle nine days later",
        "active stale",
        lambda: _told(examine_bundle(bundle, trust, now + NINE_DAYS)),
    )


def _members(trust: Trust) -> dict[str, Any]:
    return {name: getattr(trust, name) for name in Trust.__dataclass_fields__}


def _flip(bundle: bytes) -> bytes:
    middle = len(bundle) // 2
    return bundle[:middle] + bytes([bundle[middle] ^ 1]) + bundle[middle + 1 :]


def _auditor(stage: Stage) -> None:
    """The whole story of a container, and the ledger checked against itself."""
    node = stage.node
    cargo = stage.listed("consignments.json")[0]

    def trace() -> Outcome:
        told = tracing.trace_consignment(node, _consignment(stage, cargo))
        short = sum(bool(hop.gap) for hop in told.hops)
        return told.holder, f"{len(told.hops)} acts, {len(told.papers)} papers, {short} short"

    def rebuild() -> Outcome:
        compared = reindexing.compare(node)
        return "same" if all(c.same for c in compared) else "different", f"{len(compared)} tables"

    def check() -> Outcome:
        found = fsck.examine(node)
        return ("in order" if not found.findings else "damaged"), ""

    def log() -> Outcome:
        return "agrees", f"{checkpointing.verify_log(node).checkpoints > 0}".lower()

    run = stage.record.run
    run(f"trace {cargo['reference']}", "FSD-BWH 9 acts, 6 papers, 1 short", trace)
    run("recompute the log and compare with the contract", "agrees true", log)
    run("rebuild every projection from the chain and compare", "same 15 tables", rebuild)
    run("check log, chain, outbox, vault, batches, checkpoints", "in order", check)
