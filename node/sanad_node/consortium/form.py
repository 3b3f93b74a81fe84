"""The form of the files that administrations exchange: canonical JSON, strictly read, signed over its bytes."""

import hashlib
from typing import Any, Self, TypeVar

from eth_hash.auto import keccak
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sanad_verifier.errors import EvidenceError
from sanad_verifier.json_profile import JsonRefused, canonicalise, parse

SIZE_AT_MOST = 1 << 20
HEX32, ADDRESS = r"[0-9a-f]{64}", r"[0-9a-f]{40}"
ENODE = r"enode://[0-9a-f]{128}@[0-9a-zA-Z.:\[\]-]{3,80}:[0-9]{1,5}"
NAME_OF_OFFICE = r"[A-Za-z0-9][A-Za-z0-9 .,'()&-]{0,78}[A-Za-z0-9.)]"
F = TypeVar("F", bound="Form")


def whole(pattern: str, **more: Any) -> Any:
    """A member that is all of this pattern: pydantic alone takes what has it anywhere."""
    return Field(pattern=f"^(?:{pattern})$", **more)


class Form(BaseModel):
    """Frozen; unknown members are refused; names in files are in camelCase."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        populate_by_name=True,
        alias_generator=lambda name: (
            name.rstrip("_").split("_")[0]
            + "".join(part.capitalize() for part in name.rstrip("_").split("_")[1:])
        ),
    )

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json", by_alias=True)

    @classmethod
    def of(cls, told: Any) -> Self:
        """From JSON; raises pydantic's error."""
        return cls.model_validate_json(canonicalise(told))


def read_form(kind: type[F], data: bytes, refusal: type[EvidenceError]) -> F:
    """The form in a file's bytes: one line of canonical JSON; raises `refusal` for any other."""
    if len(data) > SIZE_AT_MOST:
        raise refusal("the file is too large", field="")
    try:
        told = parse(data.removesuffix(b"\n"))
        found = kind.of(told)
    except JsonRefused as error:
        raise refusal("the file is not JSON in Sanad's profile", field=error.field) from error
    except ValidationError as error:
        where = "/".join(str(part) for part in error.errors()[0]["loc"])
        raise refusal("a member is missing, unknown or not of its form", field=f"/{where}") from error
    if canonicalise(found.told()) + b"\n" != data:
        raise refusal("the file is not in its one encoding", field="")
    return found


def typed_form(what: str, content: bytes) -> dict[str, Any]:
    """EIP-712 form of a file's digest: what a chain key signs that must never sign anything else by mistake."""
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
            what: [{"name": "digest", "type": "bytes32"}],
        },
        "primaryType": what,
        "domain": {"name": "Sanad", "version": "1"},
        "message": {"digest": hashlib.sha256(content).digest()},
    }


def typed_digest(what: str, content: bytes) -> bytes:
    """What a signature of that form is over (EIP-712: two words of domain and struct after 0x1901)."""
    domain = keccak(b"EIP712Domain(string name,string version)") + keccak(b"Sanad") + keccak(b"1")
    struct = keccak(f"{what}(bytes32 digest)".encode()) + hashlib.sha256(content).digest()
    return bytes(keccak(b"\x19\x01" + keccak(domain) + keccak(struct)))
