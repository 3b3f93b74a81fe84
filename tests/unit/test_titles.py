"""Documents of title: what each entry does to one, whose turn it is, and the chain in DCSA's words."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sanad_node import types
from sanad_node.reading import LoggedEntry
from sanad_node.titles import pint, turns
from sanad_node.titles.record import STATES, Title, begun, followed
from sanad_node.types.registry import CATALOGUE
from sanad_verifier.documents import document_digest
from sanad_verifier.entries import Entry, Kind, TitleTerms, TitleWord, encode_entry
from sanad_verifier.title_words import Why

CARRIER, SELLER, BANK, BUYER = 1, 2, 3, 4
CODES = {CARRIER: "CARRIER", SELLER: "SELLER", BANK: "BANK", BUYER: "BUYER"}
BILL, KEY = b"\x11" * 32, b"\x22" * 32
REASON = (2).to_bytes(32)
NONE = bytes(32)


class Story:
    """Entries about one bill, as the contract would append them."""

    def __init__(self, *, to_order: bool = True, beneficiary: int = SELLER) -> None:
        self.entries: list[LoggedEntry] = []
        self._append(Kind.TITLE, CARRIER, KEY, TitleTerms(SELLER, beneficiary, to_order).pack())

    def _append(self, kind: Kind, by: int, related: bytes, data: bytes) -> None:
        index = 10 + len(self.entries)
        entry = Entry(kind, b"\xaa" * 20, by, "BILL_OF_LADING", BILL, related, data, 1_790_000_000 + index)
        self.entries.append(LoggedEntry(index, index, b"", encode_entry(entry), entry))

    def then(
        self, kind: Kind, by: int, party: int = 0, entitled: int = 0, why: Why = Why.NOT_STATED
    ) -> "Story":
        with_reason = kind in {Kind.REJECT, Kind.RETRACT, Kind.SREJ}
        word = TitleWord(CARRIER, party, entitled, why).pack()
        self._append(kind, by, word, REASON if with_reason else NONE)
        return self

    @property
    def title(self) -> Title:
        made = followed([(one.index, one.entry) for one in self.entries], CARRIER, "BILL_OF_LADING")
        assert made is not None
        return made


def sold() -> Story:
    """Endorsed to the order of the buyer, in the bank's hands."""
    return Story().then(Kind.ENDORSE_TO_ORDER, SELLER, BANK, BUYER).then(Kind.ACCEPT, BANK, SELLER, BUYER)


def test_an_offer_changes_nothing_until_it_is_accepted() -> None:
    offered = Story().then(Kind.ENDORSE_TO_ORDER, SELLER, BANK, BUYER).title
    assert (offered.holder, offered.beneficiary, offered.taker, offered.offered) == (
        SELLER,
        SELLER,
        BANK,
        BUYER,
    )
    taken = sold().title
    assert (taken.holder, taken.beneficiary, taken.taker, taken.sequence) == (BANK, BUYER, 0, 2)


@pytest.mark.parametrize("answer", [Kind.REJECT, Kind.RETRACT])
def test_what_is_turned_down_or_taken_back_leaves_the_bill_as_it_was(answer: Kind) -> None:
    before = Story().title
    by, party = (BANK, SELLER) if answer is Kind.REJECT else (SELLER, BANK)
    after = Story().then(Kind.ENDORSE, SELLER, BANK, BANK).then(answer, by, party).title
    assert replace(after, sequence=0, latest=before.latest, time=before.time) == before
    assert after.sequence == 2


def test_a_bill_endorsed_to_a_name_is_to_order_again_when_it_is_given_back() -> None:
    named = Story().then(Kind.ENDORSE, SELLER, BANK, BANK).then(Kind.ACCEPT, BANK, SELLER, BANK)
    assert not named.title.to_order
    back = named.then(Kind.HAND_BACK, BANK, SELLER, SELLER).then(Kind.ACCEPT, SELLER, BANK, SELLER).title
    assert (back.holder, back.beneficiary, back.to_order, back.holder_before) == (SELLER, SELLER, True, 0)


def test_a_surrender_ends_the_claim_and_a_rejection_gives_it_back() -> None:
    story = Story().then(Kind.SURRENDER_FOR_DELIVERY, SELLER, CARRIER)
    assert story.title.is_surrendered
    assert story.then(Kind.SREJ, CARRIER, SELLER).title.state == "active"
    spent = story.then(Kind.SURRENDER_FOR_DELIVERY, SELLER, CARRIER).then(Kind.SACC, CARRIER, SELLER).title
    assert (spent.state, spent.is_surrendered) == ("delivered", True)


def test_signing_is_no_step_and_a_foreign_entry_says_nothing() -> None:
    story = Story().then(Kind.SIGN, SELLER)
    assert (story.title.sequence, story.title.latest) == (0, 11)
    foreign = story.entries[-1]
    other = replace(foreign.entry, related=TitleWord(9, 0, 0).pack())
    told = [*((one.index, one.entry) for one in story.entries[:-1]), (foreign.index, other)]
    assert followed(told, CARRIER, "BILL_OF_LADING") == begun(10, story.entries[0].entry)
    assert followed(told, 9, "BILL_OF_LADING") is None
    assert len(STATES) == 6


TURNS: dict[str, tuple[Callable[[], Story], int, set[str]]] = {
    "its holder": (
        Story,
        SELLER,
        {
            "transfer", "endorse", "endorse-to-order", "blank-endorse", "sign", "pledge",
            "surrender-for-delivery", "surrender-for-amendment",
        },
    ),
    "somebody else": (Story, BUYER, set()),
    "who holds it for another": (sold, BANK, {"transfer", "hand-back", "sign", "surrender-for-amendment"}),
    "who is entitled and does not hold it": (sold, BUYER, set()),
    "the taker": (lambda: Story().then(Kind.TRANSFER, SELLER, BANK, SELLER), BANK, {"accept", "reject"}),
    "who offered it": (lambda: Story().then(Kind.TRANSFER, SELLER, BANK, SELLER), SELLER, {"retract", "sign"}),
    "the holder of a pledged bill": (lambda: Story().then(Kind.PLEDGE, SELLER, BANK), SELLER, {"sign"}),
    "the pledgee": (lambda: Story().then(Kind.PLEDGE, SELLER, BANK), BANK, {"unpledge"}),
    "a second bank": (lambda: Story().then(Kind.PLEDGE, SELLER, BANK), BUYER, set()),
    "the carrier of a surrendered bill": (
        lambda: Story().then(Kind.SURRENDER_FOR_AMENDMENT, SELLER, CARRIER),
        CARRIER,
        {"accept-surrender", "reject-surrender"},
    ),
    "the carrier that has it back": (
        lambda: Story().then(Kind.SURRENDER_FOR_AMENDMENT, SELLER, CARRIER).then(Kind.SACC, CARRIER, SELLER),
        CARRIER,
        {"reissue"},
    ),
    "who holds a straight bill": (
        lambda: Story(to_order=False, beneficiary=BUYER),
        SELLER,
        {"transfer", "sign", "surrender-for-amendment"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("story", "who", "expected"), TURNS.values(), ids=TURNS.keys())
def test_everybody_is_offered_what_is_theirs_to_do(
    story: Callable[[], Story], who: int, expected: set[str]
) -> None:
    title = story().title
    assert set(turns.turns(title, who, {"register", "ship", "receive", "hold"})) == expected
    assert turns.turns(title, who, ()) == ()
    assert all(turns.obstacle(title, who, act) for act in set(turns.TURNS) - expected)


# -- the chain in DCSA's words ---------------------------------------------------------------------------------------


def exported(story: Story) -> dict[str, Any]:
    chain = pint.told(story.entries, CODES)
    return {"endorsementChain": [link.as_members("pk/sanad/1") for link in chain.transactions]}


def test_an_accepted_endorsement_is_told_as_endorsement_and_transfer() -> None:
    chain = pint.told(sold().then(Kind.SIGN, BANK).entries, CODES)
    assert [(one.action, one.actor, one.recipient) for one in chain.transactions] == [
        ("ISSUE", "CARRIER", "SELLER"),
        ("ENDORSE_TO_ORDER", "SELLER", "BUYER"),
        ("TRANSFER", "SELLER", "BANK"),
        ("SIGN", "BANK", ""),
    ]


def test_what_moved_nothing_is_no_transaction_and_what_has_no_code_stands_beside() -> None:
    story = Story().then(Kind.TRANSFER, SELLER, BANK, SELLER).then(Kind.REJECT, BANK, SELLER)
    story.then(Kind.PLEDGE, SELLER, BANK).then(Kind.UNPLEDGE, BANK, BANK)
    story.then(Kind.TRANSFER, SELLER, BANK, SELLER).then(Kind.ACCEPT, BANK, SELLER, SELLER)
    story.then(Kind.HAND_BACK, BANK, SELLER, SELLER).then(Kind.ACCEPT, SELLER, BANK, SELLER)
    story.then(Kind.SURRENDER_FOR_AMENDMENT, SELLER, CARRIER, why=Why.SWI).then(Kind.SACC, CARRIER, SELLER)
    chain = pint.told(story.entries, CODES)
    assert [one.action for one in chain.transactions] == [
        "ISSUE", "TRANSFER", "TRANSFER", "SURRENDER_FOR_AMENDMENT", "SACC",
    ]  # fmt: skip
    assert chain.transactions[3].why == "SWI"
    assert [(one.act, one.by, one.party) for one in chain.unspoken] == [
        ("pledge", "SELLER", "BANK"),
        ("unpledge", "BANK", "BANK"),
        ("hand-back", "BANK", "SELLER"),
    ]


def test_a_link_has_the_members_of_the_standard() -> None:
    link = exported(sold())["endorsementChain"][1]
    assert set(link) == {"actionCode", "actionDateTime", "actor", "auditReference", "recipient"}
    assert link["actor"]["identifyingCodes"] == [
        {"codeListProvider": "ZZZ", "codeListName": "pk/sanad/1 formation", "partyCode": "SELLER"}
    ]
    assert link["actionDateTime"].endswith(".000Z")


def test_another_platforms_chain_is_held_against_ours_link_by_link() -> None:
    ours = exported(sold())
    theirs = json.loads(json.dumps(ours))
    for link in theirs["endorsementChain"]:
        link["actionDateTime"] = "2020-01-01T00:00:00Z"  # each system has its own clock
    assert pint.compare(theirs, ours) is None
    theirs["endorsementChain"][2]["recipient"]["identifyingCodes"][0]["partyCode"] = "RIVAL"
    found = pint.compare(theirs, ours)
    assert found is not None
    assert (found.place, found.theirs[:25]) == (3, "TRANSFER by SELLER (pk/sa")
    short = {"endorsementChain": ours["endorsementChain"][:2]}
    missing = pint.compare(short, ours)
    assert missing is not None
    assert (missing.place, missing.theirs) == (3, "nothing")


def test_surrendered_is_the_surrender_standards_word_for_sacc() -> None:
    ours = exported(
        Story().then(Kind.SURRENDER_FOR_DELIVERY, SELLER, CARRIER).then(Kind.SACC, CARRIER, SELLER)
    )
    theirs = json.loads(json.dumps(ours))
    theirs["endorsementChain"][2]["actionCode"] = "SURRENDERED"
    assert pint.compare(theirs, ours) is None


@pytest.mark.parametrize(("change", "field"), [
    pytest.param(lambda _: [], "/endorsementChain", id="no-object"),
    pytest.param(lambda _: {}, "/endorsementChain", id="no-chain"),
    pytest.param(lambda _: {"endorsementChain": [7]}, "/endorsementChain/0", id="a-link-that-is-none"),
    pytest.param(lambda _: {"endorsementChain": [{"actionCode": "GIVE"}]}, "/endorsementChain/0/actionCode",
                 id="an-action-of-nobodys"),
    pytest.param(lambda _: {"endorsementChain": [{"actionCode": "SIGN", "actor": {"partyName": "X"}}]},
                 "/endorsementChain/0/actor", id="a-party-without-a-code"),
    pytest.param(lambda c: {"endorsementChain": c["endorsementChain"] * 5001}, "/endorsementChain",
                 id="a-chain-too-long"),
])  # fmt: skip
def test_what_is_no_chain_is_refused_by_the_place(change: Callable[[Any], Any], field: str) -> None:
    ours = exported(sold())
    assert pint.compare(ours, ours) is None
    with pytest.raises(pint.ChainInvalid) as refused:
        pint.compare(change(ours), ours)
    assert refused.value.field == field


# -- the digest --------------------------------------------------------------------------------------------------------


def test_the_digest_of_a_transport_document_is_the_checksum_that_a_carriers_platform_computes() -> None:
    """PINT: SHA-256 of the RFC 8785 form of the transport document alone, in hex. Here by hand: names sorted by their
    UTF-16 units, no white space, which for the ASCII names and plain values of this bill `json` can do.
    """
    kind = types.get("BILL_OF_LADING")
    sample = (CATALOGUE / "BILL_OF_LADING" / "sample.json").read_bytes()
    value = json.loads(sample)
    assert all(name.isascii() for name in json.dumps(list(value)))
    platform = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    checked = types.check(kind, sample)
    assert checked.digest.hex() == hashlib.sha256(platform.encode()).hexdigest()
    assert document_digest(sample).digest == checked.digest
