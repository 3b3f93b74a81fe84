"""What is signed for a contract to check: EIP-712 typed data, each contract being a domain of its own."""

from collections.abc import Mapping
from typing import Any

VERSION = "1"
_DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


def typed_data(
    contract: str,
    chain_id: int,
    address: str,
    primary: str,
    fields: Mapping[str, str],
    message: Mapping[str, Any],
) -> dict[str, Any]:
    """The message of type `primary`, whose members and their types are `fields`, to the contract of this role at this
    address (hex).
    """
    return {
        "types": {"EIP712Domain": _members(_DOMAIN), primary: _members(fields)},
        "primaryType": primary,
        "domain": {
            "name": f"Sanad {contract}",
            "version": VERSION,
            "chainId": chain_id,
            "verifyingContract": "0x" + address,
        },
        "message": dict(message),
    }


def _members(fields: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in fields.items()]
