"""The vectors of what members tell each other (docs/spec/exchange.md); sealing held against RFC 9180 done slowly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node.consortium.sealing import SecretUnreadable, seal, sealing_public, unseal
from sanad_node.exchange.forms import (
    Agreement,
    AgreementEnd,
    Message,
    MessageInvalid,
    Receipt,
    must_be_from,
    must_be_signed_by,
    read,
    unsealed,
)
from sanad_testkit import message_cases, vectors
from sanad_verifier.errors import SanadError
from sanad_verifier.json_profile import parse

TOLD = json.loads((vectors.FOLDER / "messages.json").read_text())
SEALING = bytes.fromhex(TOLD["members"][1]["sealingSeed"])
MESSAGES = {one["kind"]: one for one in TOLD["messages"]}
REFUSED = {one["name"]: one for one in TOLD["refused"]}


def content_of(file: str) -> Any:
    """What member 2 reads in a message."""
    signed = read(Message, file.encode(), message_cases.bundle())
    must_be_from(signed, signed.form.sender)
    return parse(unsealed(SEALING, message_cases.member(2), signed.form))


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_of_the_vectors_is_read_by_its_recipient(kind: str) -> None:
    assert content_of(MESSAGES[kind]["file"]) == MESSAGES[kind]["content"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_message_of_the_vectors_with_one_thing_wrong_is_refused(name: str) -> None:
    with pytest.raises(SanadError) as refused:
        content_of(REFUSED[name]["file"])
    assert refused.value.code == REFUSED[name]["code"]


def test_the_agreement_its_end_and_the_receipt_bear_their_signatures() -> None:
    bundle = message_cases.bundle()
    proposed = read(Agreement, TOLD["agreement"]["proposed"].encode(), bundle)
    both = read(Agreement, TOLD["agreement"]["file"].encode(), bundle)
    assert (set(proposed.times), set(both.times)) == ({1}, {1, 2})
    assert proposed.form == both.form == message_cases.agreement()
    with pytest.raises(MessageInvalid):
        must_be_signed_by(proposed, 1, 2)
    assert set(read(AgreementEnd, TOLD["end"].encode(), bundle).times) == {2}
    receipt = read(Receipt, TOLD["receipt"].encode(), bundle)
    alert = read(Message, MESSAGES["alert"]["file"].encode(), bundle)
    assert (receipt.form.digest, set(receipt.times)) == (alert.digest.hex(), {2})


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_slowly_is_read_and_only_for_what_it_was_sealed_for(
    ephemeral: bytes, content: bytes, info: str
) -> None:
    public = sealing_public(SEALING)
    slowly = message_cases.sealed_with(ephemeral, content, public, info)
    assert unseal(slowly, SEALING, info) == content
    assert unseal(seal(content, public, info), SEALING, info) == content
    with pytest.raises(SecretUnreadable):
        unseal(slowly, SEALING, info + "x")
