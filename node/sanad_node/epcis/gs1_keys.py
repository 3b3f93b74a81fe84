"""GS1 keys in one spelling: EPC URIs, class and pattern URIs, and GS1 Digital Link URIs all as the constrained
canonical Digital Link URI that the event hash takes (CBV 2.0, 8.9; GS1 Digital Link 1.1).

`canonical` leaves anything else as it is: a text that is no key is no error here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

HOST = "https://id.gs1.org"
_SERIAL = r"(?:%[0-9A-Fa-f]{2}|[!'()*+,.0-9:;=A-Za-z_-])"
_ESCAPED = {c: f"%{ord(c):02X}" for c in "!()*+,:"}
"""Characters of an EPC that stand in a web address only as escapes."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """`digits`: of company prefix and reference together, 0 where the reference has no fixed length. `rest`: what
    follows them, as a pattern. `link` makes the path of the Digital Link from the company prefix, the reference and
    the rest.
    """

    digits: int
    rest: str
    link: Callable[[str, str, str], str]


def check_digit(digits: str) -> str:
    """The GS1 check digit of a key without it (General Specifications, 7.9.1)."""
    total = sum(int(c) * (3 if place % 2 == 0 else 1) for place, c in enumerate(reversed(digits)))
    return str(-total % 10)


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


def _gtin(company: str, reference: str) -> str:
    """The indicator digit leads the reference in an EPC, and the whole number in a GTIN."""
    return _checked(reference[:1] + company + reference[1:])


def _escaped(text: str) -> str:
    return "".join(_ESCAPED.get(c, c) for c in text)


_TRADE_UNIT = r"\.(\d{2}\.\d{2}\." + _SERIAL + r"{1,20})"
SCHEMES: dict[str, _Scheme] = {
    "id:sgtin": _Scheme(13, rf"\.({_SERIAL}{{1,20}})", lambda c, r, x: f"/01/{_gtin(c, r)}/21/{_escaped(x)}"),
    "id:sscc": _Scheme(17, "()", lambda c, r, _: f"/00/{_gtin(c, r)}"),
    "id:sgln": _Scheme(
        12,
        rf"\.({_SERIAL}{{1,20}})",
        lambda c, r, x: f"/414/{_checked(c + r)}" + ("" if x == "0" else f"/254/{_escaped(x)}"),
    ),
    "id:grai": _Scheme(
        12, rf"\.({_SERIAL}{{1,16}})", lambda c, r, x: f"/8003/{_checked('0' + c + r)}{_escaped(x)}"
    ),
    "id:giai": _Scheme(0, rf"\.({_SERIAL}{{1,24}})", lambda c, _, x: f"/8004/{c}{_escaped(x)}"),
    "id:gsrn": _Scheme(17, "()", lambda c, r, _: f"/8018/{_checked(c + r)}"),
    "id:gsrnp": _Scheme(17, "()", lambda c, r, _: f"/8017/{_checked(c + r)}"),
    "id:gdti": _Scheme(12, rf"\.({_SERIAL}{{1,20}})", lambda c, r, x: f"/253/{_checked(c + r)}{_escaped(x)}"),
    "id:cpi": _Scheme(
        0,
        r"\.((?:%2[3dfDF]|[0-9A-Z-]){1,24}\.\d{1,12})",
        lambda c, _, x: f"/8010/{c}{x.rpartition('.')[0]}/8011/{x.rpartition('.')[2]}",
    ),
    "id:sgcn": _Scheme(12, r"\.(\d{1,12})", lambda c, r, x: f"/255/{_checked(c + r)}{x}"),
    "id:ginc": _Scheme(0, rf"\.({_SERIAL}{{1,24}})", lambda c, _, x: f"/401/{c}{_escaped(x)}"),
    "id:gsin": _Scheme(16, "()", lambda c, r, _: f"/402/{_checked(c + r)}"),
    "id:itip": _Scheme(
        13,
        _TRADE_UNIT,
        lambda c, r, x: f"/8006/{_gtin(c, r)}{x[:2]}{x[3:5]}/21/{_escaped(x[6:])}",
    ),
    "id:upui": _Scheme(13, rf"\.({_SERIAL}{{1,28}})", lambda c, r, x: f"/01/{_gtin(c, r)}/235/{_escaped(x)}"),
    "id:pgln": _Scheme(12, "()", lambda c, r, _: f"/417/{_checked(c + r)}"),
    "class:lgtin": _Scheme(
        13, rf"\.({_SERIAL}{{1,20}})", lambda c, r, x: f"/01/{_gtin(c, r)}/10/{_escaped(x)}"
    ),
    "idpat:sgtin": _Scheme(13, r"\.(\*)", lambda c, r, _: f"/01/{_gtin(c, r)}"),
    "idpat:grai": _Scheme(12, r"\.(\*)", lambda c, r, _: f"/8003/{_checked('0' + c + r)}"),
    "idpat:gdti": _Scheme(12, r"\.(\*)", lambda c, r, _: f"/253/{_checked(c + r)}"),
    "idpat:sgcn": _Scheme(12, r"\.(\*)", lambda c, r, _: f"/255/{_checked(c + r)}"),
    "idpat:cpi": _Scheme(
        0, r"\.((?:%2[3dfDF]|[0-9A-Z-]){1,24}\.\*)", lambda c, _, x: f"/8010/{c}{x.removesuffix('.*')}"
    ),
    "idpat:itip": _Scheme(13, r"\.(\d{2}\.\d{2}\.\*)", lambda c, r, x: f"/8006/{_gtin(c, r)}{x[:2]}{x[3:5]}"),
    "idpat:upui": _Scheme(13, r"\.(\*)", lambda c, r, _: f"/01/{_gtin(c, r)}"),
}
_URN = re.compile(r"urn:epc:((?:id|class|idpat):[a-z]+):(\d{6,12})(.*)", re.ASCII)
SHORT_NAMES = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip
_VALUES = {
    "00": r"\d{18}", "01": r"\d{8}|\d{12,14}", "253": r"\d{13}\S{0,17}", "255": r"\d{13,25}", "401": r"\S{1,30}",
    "402": r"\d{17}", "414": r"\d{13}", "417": r"\d{13}", "8003": r"\d{14}\S{0,16}", "8004": r"\S{4,30}",
    "8006": r"\d{18}", "8010": r"\S{1,30}", "8017": r"\d{18}", "8018": r"\d{18}",
}  # fmt: skip
"""The application identifiers that are keys, and the forms of their values."""
QUALIFIERS = {
    "01": ("21", "235", "10"), "8006": ("21", "10"), "8010": ("8011",), "414": ("254",),
}  # fmt: skip
"""The finest qualifier of a key first: only that one is kept."""
_LINK = re.compile(r"https?://[^/?#]+((?:/[^/?#]+)+)/?(?:[?#].*)?", re.ASCII)


def canonical(text: str) -> str:
    """The text as the event hash takes it."""
    if text.startswith("urn:epc:"):
        return _of_urn(text)
    return _of_link(text) if text.startswith(("http://", "https://")) else text


def _of_urn(text: str) -> str:
    named = _URN.fullmatch(text)
    scheme = SCHEMES.get(named[1]) if named else None
    if named is None or scheme is None:
        return text
    company, tail = named[2], named[3]
    if scheme.digits == 0:
        found = re.fullmatch(scheme.rest, tail, re.ASCII)
        return HOST + scheme.link(company, "", found[1]) if found else text
    found = re.fullmatch(rf"\.(\d{{{scheme.digits - len(company)}}}){scheme.rest}", tail, re.ASCII)
    return HOST + scheme.link(company, found[1], found[2]) if found else text


def _of_link(text: str) -> str:
    matched = _LINK.fullmatch(text)
    if matched is None:
        return text
    parts = [SHORT_NAMES.get(part, part) for part in matched[1].split("/")[1:]]
    for place, key in enumerate(parts[:-1]):
        value = parts[place + 1]
        if key in _VALUES and re.fullmatch(_VALUES[key], value, re.ASCII):
            given = dict(zip(parts[place + 2 :: 2], parts[place + 3 :: 2], strict=False))
            kept = next((one for one in QUALIFIERS.get(key, ()) if one in given), None)
            number = value.zfill(14) if key == "01" else value
            return f"{HOST}/{key}/{number}" + (f"/{kept}/{given[kept]}" if kept else "")
    return text
