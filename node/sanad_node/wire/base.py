"""What all requests have in common, and all answers."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Asked(BaseModel):
    """A request: nothing unknown, nothing converted."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True, frozen=True
    )

    def as_json(self) -> dict[str, Any]:
        """The members to send; those that say nothing are left out."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Answer(BaseModel):
    """An answer: members it does not know are ignored, since a newer service may add some."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", strict=True, frozen=True
    )

    @classmethod
    def read(cls, told: object) -> Self:
        """The answer in a JSON object."""
        return cls.model_validate(told)

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True)


Code = Annotated[str, Field(min_length=1, max_length=31, description="Code of a formation.")]
TypeName = Annotated[str, Field(min_length=1, max_length=31, description="Name of a document type.")]
Identifier = Annotated[
    str,
    Field(min_length=1, max_length=256, description="A digest, its first 8 or more hex digits, or a number."),
]
Hex32 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="32 bytes as lower-case hex.")]
Address = Annotated[str, Field(pattern="^(0x)?[0-9a-fA-F]{40}$", description="Address of a key.")]
ReasonName = Annotated[
    str,
    Field(min_length=1, max_length=40, description="A reason by name or number, as `GET /v1/reasons` lists."),
]
Moment = Annotated[int, Field(ge=0, le=253402300799, description="Seconds since 1970; 0 for none.")]
Text = Annotated[str, Field(max_length=2000)]
