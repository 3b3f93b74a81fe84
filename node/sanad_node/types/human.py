"""What does the document say, for a person? The printed fields of its type, as text or as a page.

Only what was checked is shown, and shown as it is (`visible`). A value is data, never markup: the page is
made by a sandboxed template that escapes everything, and loads nothing from anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sanad_node.types import pointers
from sanad_node.types.checking import CheckedDocument
from sanad_node.types.registry import Language, Printed, Text
from sanad_node.types.visible import visible

_FIRST, _LAST = "\u2068", "\u2069"  # isolates: a Latin value inside an Urdu line must not reorder it
_YES, _NO = Text("yes", "ہاں"), Text("no", "نہیں")
_NUMBER, _SIZE, _DIGEST = (
    Text("Number", "نمبر"),
    Text("Size in bytes", "حجم (بائٹ)"),
    Text("Digest (SHA-256)", "ڈائجسٹ (SHA-256)"),
)
_ABOUT = Text(
    "This page shows what the document says. Verify its digest to know whether it is genuine and in force.",
    "یہ صفحہ صرف دستاویز کا متن دکھاتا ہے۔ اصل اور مؤثر ہونے کا جواب ڈائجسٹ کی تصدیق سے ملتا ہے۔",
)


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value, or several; or a table if it has columns. All text is visible text. `pointer` leads to the
    value in the document, and is empty for what is not in it.
    """

    label: str
    values: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pointer: str = ""


def fields(document: CheckedDocument, language: Language = "en") -> tuple[Field, ...]:
    """The printed fields that the document has, and its digest."""
    return tuple(_fields(document, language))


def as_text(document: CheckedDocument, language: Language = "en") -> str:
    """The document as lines of text, for a terminal or a message."""
    title = document.type.title.in_language(language)
    lines = [title, "=" * len(title)]
    for field in fields(document, language):
        if field.columns:
            lines.append(f"{field.label}:")
            for place, row in enumerate(field.rows, start=1):
                told = (
                    f"{column} {_isolated(cell, language)}"
                    for column, cell in zip(field.columns, row, strict=True)
                    if cell
                )
                lines.append(f"  {place}. " + "; ".join(told))
        else:
            lines.append(f"{field.label}: " + ", ".join(_isolated(value, language) for value in field.values))
    return "\n".join(lines) + "\n"


def as_html(document: CheckedDocument, language: Language = "en") -> str:
    """The document as a page that prints on A4, right to left in Urdu."""
    return _template().render(
        title=document.type.title.in_language(language),
        about=_ABOUT.in_language(language),
        fields=fields(document, language),
        language=language,
        direction="rtl" if language == "ur" else "ltr",
    )


@cache
def _template() -> Template:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = (files("sanad_node.types") / "templates" / "document.html").read_text(encoding="utf-8")
    return environment.from_string(source)


def _fields(document: CheckedDocument, language: Language) -> Iterator[Field]:
    if document.type.form == "bytes":
        if document.number:
            yield Field(_NUMBER.in_language(language), (visible(document.key_text),))
        yield Field(_SIZE.in_language(language), (str(len(document.content)),))
    for printed in document.type.printed:
        field = _field(document.value, printed, language)
        if field.values or field.rows:
            yield field
    yield Field(_DIGEST.in_language(language), (document.digest.hex(),))


def _field(value: Any, printed: Printed, language: Language) -> Field:
    label = printed.label.in_language(language)
    if not printed.columns:
        return Field(label, _shown(value, printed.pointer, language), pointer=printed.pointer)
    return Field(
        label,
        (),
        tuple(column.label.in_language(language) for column in printed.columns),
        tuple(
            tuple(", ".join(_shown(row, column.pointer, language)) for column in printed.columns)
            for _, row in pointers.find(value, printed.pointer)
        ),
    )


def _shown(value: Any, pointer: str, language: Language) -> tuple[str, ...]:
    return tuple(
        _word(found, language) for _, found in pointers.find(value, pointer) if isinstance(found, str | int)
    )


def _word(value: str | int, language: Language) -> str:
    if isinstance(value, bool):
        return (_YES if value else _NO).in_language(language)
    return visible(str(value))


def _isolated(value: str, language: Language) -> str:
    return f"{_FIRST}{value}{_LAST}" if language == "ur" else value
