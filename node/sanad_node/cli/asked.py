"""What was written on the command line, as a request.

The form of a request is checked before anybody is asked, so it must be refused here in the words and by the
code that the use case has for it: each field that can be of the wrong form names the rule that says so.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from sanad_node import custody, types
from sanad_node.acting import word
from sanad_node.blinding import SEAL_BYTES
from sanad_node.cli.options import AddressInvalid
from sanad_node.governance import SuccessionInvalid
from sanad_node.reading import UnknownFormation
from sanad_node.standing import ReasonInvalid, reason_code
from sanad_node.types.business_key import LONGEST_NUMBER, NumberInvalid
from sanad_node.wire.base import Asked
from sanad_verifier.cli_parts import UsageWrong
from sanad_verifier.entries import Condition, Terms

T = TypeVar("T", bound=Asked)


def asked(model: type[T], **values: Any) -> T:
    """The request; raises the error that the use case has for a value that cannot be one."""
    try:
        return model(**values)
    except ValidationError as error:
        wrong = str(error.errors(include_input=False)[0]["loc"][0])
    _refuse(model.__name__, model, wrong, values)
    raise UsageWrong("this cannot be asked for", field=_option(wrong))


def must_be_identifier(text: str, field: str = "ID") -> str:
    """An identifier as the use cases take it."""
    if not 0 < len(text) <= LONGEST_NUMBER:
        raise NumberInvalid(f"a number has 1 to {LONGEST_NUMBER} characters", field=field)
    return text


def _refuse(name: str, model: type[Asked], wrong: str, values: dict[str, Any]) -> None:
    """Raise what the rules say of the value that is wrong; return if they say nothing."""
    members = {field.alias: inner for inner, field in model.model_fields.items()}
    inner = members.get(wrong, wrong)
    value = values.get(inner)
    rule = RULES.get(f"{name}.{inner}") or RULES.get(inner)
    if rule is not None:
        rule(value)


def _formation(option: str) -> Callable[[Any], None]:
    def refuse(_code: Any) -> None:
        raise UnknownFormation("the ledger has no such formation", field=option)

    return refuse


def _formations(option: str) -> Callable[[Any], None]:
    def refuse(named: Any) -> None:
        for one in named:
            if not 0 < len(str(one)) < 32:
                raise UnknownFormation("the ledger has no such formation", field=option)
        raise SuccessionInvalid(
            "a succession names at most 64 offices, and six to take their place", field=option
        )

    return refuse


def _identifier(option: str) -> Callable[[Any], None]:
    def refuse(text: Any) -> None:
        must_be_identifier(str(text), option)

    return refuse


def _address(option: str) -> Callable[[Any], None]:
    def refuse(_address: Any) -> None:
        raise AddressInvalid("an address is 40 hex digits", field=option)

    return refuse


def _documents(named: Any) -> None:
    custody.Particulars(documents=tuple(named)).check()
    for one in named:
        must_be_identifier(str(one), "--document")


def _reason(text: Any) -> None:
    reason_code(str(text))
    raise ReasonInvalid("a reason is written by its name or number", field="--reason")


def _terms(place: str, quantity: int) -> Terms:
    return Terms(
        taker=0, place=place, condition=Condition.NOT_STATED, quantity=quantity, seal=bytes(SEAL_BYTES)
    )


def _option(wrong: str) -> str:
    return "--" + "".join(f"-{c.lower()}" if c.isupper() else c for c in wrong)


RULES: dict[str, Callable[[Any], object]] = {
    "address": _address("--address"),
    "by": _identifier("--by"),
    "condition": lambda text: custody.condition_named(str(text)),
    "consignment": _identifier("ID"),
    "documents": _documents,
    "FormationRequest.code": lambda text: word(str(text), "CODE"),
    "FormationRequest.kind": lambda text: word(str(text), "--kind"),
    "formation": _formation("--as"),
    "identifier": _identifier("ID"),
    "issuer": _formation("--issuer"),
    "kind": lambda text: custody.must_be_kind(str(text)),
    "holder": _formation("--holder"),
    "beneficiary": _formation("--beneficiary"),
    "endorsee": _formation("--endorsee"),
    "evidence": _identifier("--evidence"),
    "member": _address("--as-member"),
    "note": lambda text: custody.Particulars(note=str(text)).check(),
    "number": lambda text: types.normalise_number(str(text)),
    "of": _formation("--of"),
    "old": _address("--key"),
    "parent": _formation("--parent"),
    "place": lambda text: _terms(str(text), 0).pack(),
    "predecessor": _formation("--predecessor"),
    "predecessors": _formations("CODE"),
    "successors": _formations("--by"),
    "quantity": lambda count: _terms("", int(count)).pack(),
    "reason": _reason,
    "reference": lambda text: custody.must_be_reference(str(text)),
    "replaces": _identifier("--replaces"),
    "seal": lambda text: custody.Particulars(seal=str(text)).check(),
    "sent_by": _formation("--sent-by"),
    "to": _formation("--to"),
    "type": lambda name: types.get(str(name)),
    "unit": lambda text: custody.Particulars(unit=str(text)).check(),
}
"""What says that a value cannot be, by the request's field."""
