"""The kinds of identifier, and who judges them; named as in `_shared/common.schema.json` where that has one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanad_node.identifiers import codes, papers, parties, transport
from sanad_node.identifiers.judgement import Judgement

_JUDGES: Mapping[str, Callable[[str], Judgement]] = MappingProxyType(
    {
        "bic": parties.bic,
        "billReference": papers.bill_reference,
        "carrierCode": papers.carrier_code,
        "chassis": transport.chassis,
        "cnic": parties.cnic,
        "containerNumber": transport.container,
        "country": codes.country,
        "currency": codes.currency,
        "deliveryTerm": codes.delivery_term,
        "gdNumber": papers.declaration,
        "gln": parties.gln,
        "hsCode": codes.hs,
        "iban": parties.iban,
        "imo": transport.ship,
        "instrumentNumber": papers.instrument,
        "lei": parties.lei,
        "ntn": parties.ntn,
        "place": codes.place,
        "psid": papers.psid,
        "strn": parties.strn,
        "unit": codes.unit,
        "virNumber": papers.manifest,
    }
)


def kinds() -> tuple[str, ...]:
    """Every kind of identifier that can be judged."""
    return tuple(_JUDGES)


def judge(kind: str, text: str) -> Judgement:
    """What can be said of an identifier of this kind."""
    return _JUDGES[kind](text)
