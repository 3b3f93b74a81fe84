"""What a request must say, for a desk to do it."""

from sanad_verifier.errors import InputError


class RequestIncomplete(InputError):
    """The request lacks something that its other members make necessary."""

    code = "REQUEST_INCOMPLETE"


class NothingToDecide(InputError):
    """The ledger has these policies already."""

    code = "NOTHING_TO_DECIDE"


def stated_formation(formation: str | None) -> str:
    if formation is None:
        raise RequestIncomplete("name the formation that acts", field="--as")
    return formation


def address_of(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text.removeprefix("0x"))
