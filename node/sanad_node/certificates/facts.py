"""What a certificate shows."""

from dataclasses import dataclass

from sanad_node.types.registry import Text


@dataclass(frozen=True, slots=True)
class Line:
    """A labelled value of the document, as visible text; `proved` if the code proves it."""

    label: Text
    values: tuple[str, ...]
    proved: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the document, as visible text."""

    label: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A document on paper. Times in seconds; `printed_at` is the time up to which the code speaks, `qr` its text,
    `code` the short code beside it; `office_now` what has become of the office, empty if nothing; `standalone` says
    that the code proves everything by itself.
    """

    title: Text
    office: str
    office_kind: str
    network: str
    issued_at: int
    printed_at: int
    entry: int
    digest: str
    code: str
    lines: tuple[Line | Table, ...]
    qr: str
    standalone: bool
    office_now: str = ""
