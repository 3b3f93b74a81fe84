"""Writes docs/reference/ways-in.md from the forms that documents can be brought in. With --check, only says whether it
is up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from sanad_node.ways import archives, credentials, forms, psw_envelope, tables, workbooks
from sanad_node.ways.declarations import UNITS
from sanad_node.ways.profiles import ITEMS_AT_MOST, Profile, profiles

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "ways-in.md"
_HEAD = """# Ways in

<!-- Made by scripts/generate_ways_reference.py from node/sanad_node/ways; do not edit. -->

In which forms documents can be brought, and what of another system's form is taken. How to bring them:
[Issue many documents](../howto/issue-a-batch.md),
[Bring in what other systems wrote](../howto/bring-in-other-systems.md). Byte by byte: [ways in](../spec/ways-in.md).

Whatever the form, a row is a document, or is refused by itself with code and field; the same row is the same document,
so bringing a file again does nothing twice. A dry run says for each row whether it *would be issued*, is *already*
there, or *fails*. Events of cargo come in another way: [EPCIS](../spec/epcis.md).

## Forms

`sanad issue-batch` takes ours, told by the file; `sanad import FORM` takes the others. Over HTTP (`POST /v1/batches`,
`/v1/batches/dry-run`) `form` names one, or the media type one of ours.

| form | is | becomes | sent as |
|---|---|---|---|
"""
_MEMBERS = """
## Bounds

| of | at most |
|---|---|
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "".join((*_forms(), *_tables(), *_bounds()))


def _forms() -> Iterator[str]:
    for one in forms.forms().values():
        what = one.doc_type or "the type asked for"
        yield f"| `{one.name}` | {one.about} | {what} | {', '.join(f'`{kind}`' for kind in one.media)} |\n"


def _tables() -> Iterator[str]:
    for one in profiles().values():
        yield f"\n## Columns of `{one.name}`\n\n{one.about}. A column that is not here is refused.\n\n"
        yield "| column | becomes |\n|---|---|\n"
        for column, member in one.columns.items():
            told = f"`{member.replace('/0/', '/*/')}`" + "".join(f"; {how}" for how in _how(one, column))
            yield f"| {column} | {told} |\n"
        yield f"| {', '.join(sorted(one.left_out))} | left out |\n"
        said = [f"`{member}` is {text}" for member, text in one.constants.items()]
        said += [f"`{member}` follows from {column} ({how})" for member, (column, how) in one.derived.items()]
        if one.group:
            said.append(
                f"lines of one {one.group}, one after the other, are its items (at most {ITEMS_AT_MOST})"
            )
        yield f"\nBesides: {'; '.join(said)}.\n"


def _how(profile: Profile, column: str) -> Iterator[str]:
    if column in profile.optional:
        yield "may be missing"
    if column in profile.digits:
        yield f"leading zeros are put back, to {profile.digits[column]} digits"
    if column in profile.decimals:
        yield f"a longer fraction is rounded to {profile.decimals[column]} places"
    if column in profile.tariff:
        yield "`8703.2323` in digits"
    if column in profile.countries:
        yield "code or English name of a country (ISO 3166-1)"
    if column in profile.units:
        yield (
            "units " + ", ".join(f"{said} as {code}" for said, code in UNITS.items()) + ", others as they are"
        )


def _bounds() -> Iterator[str]:
    yield _MEMBERS
    for what, most in (
        ("rows of a file", forms.ROWS_AT_MOST),
        ("columns of a table", tables.COLUMNS_AT_MOST),
        ("characters of a cell", tables.CELL_AT_MOST),
        ("digits of a number in a spreadsheet", workbooks.DIGITS),
        ("bytes of a spreadsheet, unpacked", workbooks.BOUNDS.total),
        ("documents of an archive", archives.MEMBERS_AT_MOST),
        ("bytes of a PSW message", psw_envelope.MESSAGE_AT_MOST),
        ("items of a declaration", ITEMS_AT_MOST),
        ("bytes of a credential", credentials.CREDENTIAL_AT_MOST),
    ):
        yield f"| {what} | {most:,} |\n"


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
