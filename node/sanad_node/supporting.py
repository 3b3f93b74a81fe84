"""What a document rests on: is everything there that its policy wanted, and is it still in force?

That it was there when the document was entered, the register saw to. What became of it since is answered here from the
projections; and, where the document itself is at hand, whether it says what was entered of it.
"""

from sanad_node import checkpointing, types
from sanad_node.drawdown.answering import balances_answer
from sanad_node.node import Node
from sanad_node.reading import DocumentRecord
from sanad_node.register_reading import FilingRecord
from sanad_node.registering import thing_of
from sanad_node.titles.acting import original_of
from sanad_node.types.policies import outcome_of
from sanad_verifier.documents import candidate_digests
from sanad_verifier.errors import InputError
from sanad_verifier.verdict import Answer, Is

LONGEST_CHAIN = 64
"""Documents that are looked at for one answer; policies rest on each other in no circle, so a real chain is shorter."""
ENDED = {"suspended": "is suspended", "revoked": "was revoked"}


def parents_answer(node: Node, document: DocumentRecord, content: bytes | None = None) -> Answer:
    """Whether what a document rests on is there and in force, and balances hold. `content` is the document itself, if
    it is at hand.
    """
    rests = _rests(node, document, content)
    if rests.answer is Is.NO:
        return rests
    balances = balances_answer(node, document, content)
    if balances is None or (rests.answer is Is.YES and balances.answer is Is.YES):
        return rests if balances is None else balances
    return balances if balances.answer is not Is.YES or rests.reason == "PARENTS_NOT_RECORDED" else rests


def _rests(node: Node, document: DocumentRecord, content: bytes | None) -> Answer:
    filing = node.register.filing(document.doc_type, document.digest)
    if filing is None or filing.entry != document.entry:
        title = _title(node, document)
        if title is not None:
            return title
        if node.register.policy(document.doc_type) is None:
            sentence = "documents it rests on are not recorded for this type"
            return Answer(Is.NOT_CHECKED, "PARENTS_NOT_RECORDED", sentence)
        sentence = "it was issued before its type had a policy: what it rests on is not on record"
        return Answer(Is.NOT_CHECKED, "PARENTS_BEFORE_POLICY", sentence)
    differs = _differs(node, document, filing, content)
    if differs is not None:
        return differs
    return _chain(node, document)


def _title(node: Node, document: DocumentRecord) -> Answer | None:
    """What the titles say of a bill: that it is the original, pledged or not, or that another one of its number is.
    None if they know neither the bill nor its number. Who holds it, and to whom it is pledged, is for those it
    concerns (`/bills`).
    """
    title = node.titles.title(document.issuer, document.doc_type, document.digest)
    if title is None:
        if original_of(node, document.issuer, document.doc_type, document.key) is None:
            return None
        sentence = "another bill of this number is the original: this one gives no claim to the goods"
        return Answer(Is.NO, "TITLE_DISPUTED", sentence)
    if title.state == "replaced":
        return Answer(Is.YES, "TITLE_FORMER", "it was the original of its number, until it was replaced")
    if title.pledgee:
        return Answer(Is.YES, "TITLE_PLEDGED", "it is the original of its number, and it is pledged")
    return Answer(Is.YES, "TITLE_ORIGINAL", "it is the original of its number, and it is not pledged")


def _chain(node: Node, document: DocumentRecord) -> Answer:
    """Every document that it rests on, and what those rest on."""
    distrusted = checkpointing.trust(node).distrusted
    waiting, seen = [document.entry], {document.entry}
    names: list[str] = []
    while waiting and len(seen) <= LONGEST_CHAIN:
        for parent in node.register.parents_of(waiting.pop()):
            filing = node.register.filing(parent.doc_type, parent.digest)
            if filing is None:
                sentence = f"the {parent.doc_type} that it rests on is not on record"
                return Answer(Is.NO, "PARENT_MISSING", sentence)
            status = node.reader.status_of(parent.issuer, parent.doc_type, parent.digest)
            if status is not None and status.state in ENDED:
                sentence = f"the {parent.doc_type} that it rests on {ENDED[status.state]}"
                return Answer(Is.NO, f"PARENT_{status.state.upper()}", sentence)
            entry = node.reader.entry(filing.entry).entry
            since = distrusted.get(entry.key)
            if since is not None and entry.time >= since:
                sentence = f"the {parent.doc_type} that it rests on was issued with a key that is not trusted"
                return Answer(Is.NO, "PARENT_SUSPECT", sentence)
            if filing.entry not in seen:
                seen.add(filing.entry)
                waiting.append(filing.entry)
                names.append(parent.doc_type)
    if not names:
        return Answer(Is.YES, "PARENTS_NONE", "documents of this type rest on no other")
    sentence = f"what it rests on is on record and in force: {', '.join(dict.fromkeys(names))}"
    return Answer(Is.YES, "PARENTS_PRESENT", sentence)


def _differs(
    node: Node, document: DocumentRecord, filing: FilingRecord, content: bytes | None
) -> Answer | None:
    """The answer where the document says another thing or outcome than was entered; None where it agrees, or is not at
    hand.
    """
    if content is None or document.digest not in {one.digest for one in candidate_digests(content)}:
        return None
    try:
        checked = types.check(types.get(document.doc_type), content)
    except InputError:
        return None  # a document of a schema that this version does not have: its issuer's version checked it
    if thing_of(node, checked) != filing.thing:
        sentence = "it was entered as being about another thing than it names"
        return Answer(Is.NO, "THING_DIFFERS", sentence)
    if outcome_of(checked) != filing.outcome:
        return Answer(Is.NO, "OUTCOME_DIFFERS", "it was entered with another outcome than it states")
    return None
