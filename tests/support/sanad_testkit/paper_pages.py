"""The pages about one paper with something in them: signing in, verifying, the document, its print, the list, an error;
with any text in every place that a document or a person fills.
"""

from typing import Any

from sanad_api.pages.forms import Trouble, Wrong
from sanad_node.desk.evidence import verdict_view
from sanad_node.types import human
from sanad_node.wire import DocumentLine, DocumentView, PaperView, StepView, VerdictView
from sanad_node.wire.documents import DocumentFacts
from sanad_testkit.portal_pages import DIGEST, NOW, Shown
from sanad_verifier.verdict import Answer, Is, Report

OTHER = "cd" * 32


def report(text: str = "KAPW-AUC", **answers: Answer) -> Report:
    """An authentic report, but for the answers given."""
    told: dict[str, Any] = {
        "intact": Answer(Is.YES, "DIGEST_EQUAL", "the digest given is the one that was issued"),
        "authority": Answer(Is.YES, "ENTRY_IN_LOG", f"{text} had the power to issue it, and did (entry 7)"),
        "state": Answer(Is.YES, "ACTIVE", "it is in force"),
        "parents": Answer(Is.NOT_CHECKED, "PARENTS_NOT_CHECKED", "not recorded"),
        "subject": Answer(Is.NOT_CHECKED, "SUBJECT_NOT_GIVEN", "compare it: chassis, engine"),
        "freshness": Answer(Is.YES, "FRESH", "known as of 40 seconds ago"),
    }
    state = told["state"] = answers.pop("state", told["state"])
    return Report(
        **{**told, **answers},
        in_force=state.reason.lower(),
        digest=DIGEST,
        doc_type="AUCTION_RECEIPT",
        issuer=text,
        issued_at=NOW - 3 * 86400,
        entry=7,
        as_of=NOW - 3600,
    )


REVOKED = Answer(Is.NO, "REVOKED", "it was revoked: issued in error")
NEVER_SEEN = "a sentence of a newer verifier"


def verdicts(text: str) -> dict[str, VerdictView]:
    """One verdict of each kind."""
    newer = Answer(Is.NO, "FUTURE_CODE", f"{NEVER_SEEN} {text}")
    lost = Answer(Is.NOT_CHECKED, "NOT_ON_LEDGER", "there is nothing on the ledger to compare with")
    unknown = Report(lost, lost, lost, lost, lost, lost, digest=DIGEST, as_of=NOW, not_found=True)
    return {
        "authentic": verdict_view([report(text)]),
        "refused": verdict_view([report(text, state=REVOKED), report(text)]),
        "refused-newer": verdict_view([report(text, authority=newer)]),
        "stale": verdict_view([report(text, freshness=Answer(Is.NO, "TOO_OLD", "known as of 9 days ago"))]),
        "cannot-tell": verdict_view([report(text, intact=lost)]),
        "unknown": verdict_view([unknown]),
    }


def document(text: str) -> DocumentView:
    """A receipt that was suspended, and replaced by another."""
    return DocumentView(
        document=DocumentFacts(
            entry=7,
            leaf=0,
            digest=DIGEST,
            issuer=4,
            doc_type="AUCTION_RECEIPT",
            fields="00" * 32,
            key="11" * 32,
            time=NOW - 3 * 86400,
            batch_root="ef" * 32,
        ),
        number=text,
        issuer=text,
        state="superseded",
        steps=[
            StepView(index=7, time=NOW - 3 * 86400, act="issue batch", by=text, reason="", replacement=""),
            StepView(index=9, time=NOW - 90, act="suspend", by=text, reason=text, replacement=""),
            StepView(index=12, time=NOW - 60, act="supersede", by=text, reason="amended", replacement=OTHER),
        ],
        papers=[
            PaperView(
                digest=OTHER,
                doc_type="GOODS_DECLARATION",
                number=text,
                issuer=text,
                state="active",
                entry=3,
                time=NOW,
                named_by=text,
            ),
            PaperView(
                digest="",
                doc_type="BILL_OF_LADING/FUTURE_TYPE",
                number=text,
                issuer="",
                state="not-on-ledger",
                entry=None,
                time=None,
                named_by=text,
            ),
        ],
    )


def printed(text: str) -> tuple[human.Field, ...]:
    """Facts of a document, one of them a table."""
    return (
        human.Field(text, (text, "", text)),
        human.Field("Vehicle", (), (text, "Count"), ((text, "1"), ("", "2"))),
    )


def lines(text: str) -> list[DocumentLine]:
    shared: dict[str, Any] = {"digest": DIGEST, "issuer": text, "state": "revoked", "entry": 7, "time": NOW}
    return [
        DocumentLine(type="AUCTION_RECEIPT", number=text, **shared),
        DocumentLine(type="FUTURE_TYPE", number="", **shared),
    ]


def paper_pages(text: str) -> dict[str, Shown]:
    """Every page about papers, by a name for each state of it."""
    wrong = Trouble("REQUEST_INVALID", text, (Wrong("identifier", text, text), Wrong("", "", text)))
    places = [("document.held", ""), ("document.pinned", f"here, {text}"), ("document.waiting", text)]
    told = {"told": document(text), "fields": printed(text), "without": "", "places": places}
    bare = {"told": document(text), "fields": (), "without": "document.not-yours", "places": ()}
    asked = {
        "verdict": verdicts(text)["refused"],
        "key": "k",
        "changes": ("reinstate", "revoke"),
        "way": ("assessed", "gate-out"),
        "problem": None,
    }
    verify: dict[str, Any] = {
        "verdicts": [],
        "problem": None,
        "identifier": "",
        "may_take_pack": True,
        "may_attest": True,
    }
    shown = {
        "sign-in": Shown("sign_in.html", {"problem": None, "name": "", "next": "/", "kept": ""}, "/sign-in"),
        "sign-in-refused": Shown(
            "sign_in.html",
            {
                "problem": Trouble("SIGN_IN_REFUSED", text),
                "name": text,
                "next": "/documents",
                "kept": f"/x={text}",
            },
            "/sign-in",
        ),
        "resume": Shown("resume.html", {"to": "/issue/FILE", "fields": [(text, text)]}, "/sign-in"),
        "verify": Shown("verify.html", verify, "/verify"),
        "verify-wrong": Shown("verify.html", {**verify, "problem": wrong, "identifier": text}, "/verify"),
        "document": Shown("document.html", {**told, **asked}, f"/documents/{DIGEST}"),
        "document-bare": Shown(
            "document.html", {**bare, **asked, "changes": (), "way": ()}, f"/documents/{DIGEST}"
        ),
        "print": Shown("document_print.html", {**told, "now": NOW, "origin": text}, f"/documents/{DIGEST}"),
        "print-bare": Shown(
            "document_print.html", {**bare, "now": NOW, "origin": text}, f"/documents/{DIGEST}"
        ),
        "documents": Shown(
            "documents.html",
            {
                "documents": lines(text),
                "next": "/documents?before=9",
                "find": "",
                "type": "",
                "problem": None,
            },
            "/documents",
        ),
        "documents-none": Shown(
            "documents.html",
            {"documents": [], "next": "", "find": text, "type": text, "problem": wrong},
            "/documents",
        ),
    }
    for status, code in (
        (401, "SIGN_IN_NEEDED"),
        (404, "NOT_FOUND"),
        (503, "CHAIN_UNAVAILABLE"),
        (500, "FUTURE"),
    ):
        shown[f"error-{status}"] = Shown(
            "error.html", {"code": code, "message": text, "status": status, "number": text}, "/nowhere"
        )
    for kind, one in verdicts(text).items():
        shown[f"verify-{kind}"] = Shown("verify.html", {**verify, "verdicts": [one, *one.others]}, "/verify")
    return shown
