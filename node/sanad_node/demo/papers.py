"""Chapters about documents: issued, verified on the road, amended, in batches, suspended and revoked, and
forged.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sanad_node import batching, finding, governance, issuing, standing, types, verifying
from sanad_node.demo.record import Outcome
from sanad_node.demo.stage import Stage, told
from sanad_node.ways.rows import Reading, read_folder
from sanad_node.ways.tables import read_table
from sanad_verifier.digests import Digest
from sanad_verifier.entries import Reason


def dossier(stage: Stage) -> None:
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
    ready = issuing.ready_to_issue(
        stage.node,
        stage.sample(paper["file"]),
        doc_type=paper["type"],
        formation=paper["as"],
        number=paper.get("number"),
        name=Path(paper["file"]).name,
        replaces=replaces,
    )
    issued = issuing.issue(stage.node, ready)
    stage.digests[paper["file"]] = issued.digest
    return issued.act.state, ""


def _verify(stage: Stage, name: str, subject: str | None = None, content: bytes | None = None) -> Outcome:
    document = stage.sample(name) if content is None else content
    return told(verifying.verify(stage.node, verifying.Asked(document=document, subject=subject))[0])


def squad(stage: Stage) -> None:
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


def amendment(stage: Stage) -> None:
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


def batches(stage: Stage) -> None:
    """Fifty receipts from a CSV file and a folder of invoices, each under one root; then one of them alone."""
    node = stage.node

    def receipts() -> Outcome:
        kind = types.get("AUCTION_RECEIPT")
        reading = Reading(kind, node.directory.secret("vault"))
        rows = read_table(stage.samples / "batches/auction-receipts.csv", reading)
        outcomes = list(batching.issue_batch(node, rows, doc_type=kind.name, formation="KAPW-AUC"))
        stage.digests.update((o.source, o.digest) for o in outcomes if o.digest is not None)
        return "final", _counts(outcomes)

    def invoices() -> Outcome:
        kind = types.get("COMMERCIAL_INVOICE")
        files = read_folder(stage.samples / "batches/invoices", kind)
        return "final", _counts(
            list(batching.issue_batch(node, files, doc_type=kind.name, formation="RAVI-AUTO"))
        )

    def member() -> Outcome:
        document = node.vault.get(stage.digests["line 30"])
        return told(verifying.verify(node, verifying.Asked(document=document))[0])

    run = stage.record.run
    run("issue 50 auction receipts from a CSV file", "final 50 issued", receipts)
    run("run the same CSV file again", "final 50 already", receipts)
    run("issue a folder of invoices", "final 5 issued", invoices)
    run("verify one receipt of the batch", "active authentic", member)


def _counts(outcomes: list[batching.Outcome]) -> str:
    words = sorted({o.outcome for o in outcomes})
    return ", ".join(f"{sum(o.outcome == w for o in outcomes)} {w}" for w in words)


def suspensions(stage: Stage) -> None:
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


def impostors(stage: Stage) -> None:
    """The fraud of 2025: receipts entered under the logins of another collectorate. Here the contract
    refuses them.
    """
    node = stage.node
    kind = types.get("AUCTION_RECEIPT")
    blank = json.loads(kind.read_sample())
    blank.pop("salt")
    receipt = types.prepare(kind, json.dumps({**blank, "receiptNumber": "AUC-FORGED-1"}).encode())

    def forge(formation: str) -> Callable[[], Outcome]:
        def issue() -> Outcome:
            ready = issuing.ready_to_issue(node, receipt, doc_type=kind.name, formation=formation)
            return issuing.issue(node, ready).act.state, ""

        return issue

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
    ready = issuing.ready_to_issue(
        stage.node,
        stage.sample(name),
        doc_type="COMMERCIAL_INVOICE",
        formation="RAVI-AUTO",
        key="another-request",
    )
    return issuing.issue(stage.node, ready).act.state, ""
