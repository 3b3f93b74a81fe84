"""The errors that leave Sanad's public functions.

Every error has a stable `code` (never renamed, listed in docs/reference/errors.md), the `field` it is about
where there is one (a JSON pointer, an option name or a file name), and a sentence for a person. Offending
values are kept out of messages unless they are public identifiers: input is never echoed into logs.

Three families, because a caller treats them differently:

* `EvidenceError`   what was presented is wrong. Asking again will not help.
* `InputError`      the request is wrong: correct it and ask again.
* `EnvironmentFault` something around us failed (disk, chain, lock). Nothing was decided; ask again later.
"""

from typing import ClassVar


class SanadError(Exception):
    """Root of all errors raised on purpose. `code` is stable, `field` names what to correct."""

    code: ClassVar[str] = "SANAD_ERROR"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code  # type: ignore[misc]  # an instance may narrow its class's code

    def as_dict(self) -> dict[str, str]:
        """The error as the `--json` output and RFC 9457 problems show it."""
        shown = {"code": self.code, "message": self.message}
        if self.field is not None:
            shown["field"] = self.field
        return shown


class EvidenceError(SanadError):
    """The evidence presented does not prove what it should."""

    code = "EVIDENCE_INVALID"


class InputError(SanadError):
    """The request cannot be carried out as written."""

    code = "INPUT_INVALID"


class EnvironmentFault(SanadError):
    """Something this process depends on failed; nothing was decided and nothing half-done."""

    code = "ENVIRONMENT_FAULT"
