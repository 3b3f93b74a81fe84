"""Messages of PSW: what is taken, what is refused, and what their digest is worth."""

import json
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node import types
from sanad_node.samples import FOLDER
from sanad_node.ways import forms, psw, psw_envelope
from sanad_node.ways.rows import Reading, Source
from sanad_verifier.errors import SanadError

SAMPLES = Path(str(FOLDER)) / "psw"
BANK = json.loads((SAMPLES / "bank.json").read_bytes())
INSTRUMENTS, DECLARATIONS = (
    (SAMPLES / f"{name}.jsonl").read_bytes() for name in ("instruments", "declarations")
)
FI, GD = INSTRUMENTS.splitlines()[0], DECLARATIONS.splitlines()[0]
FORMS = {"psw-fi": FI, "psw-gd": GD}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Source]]:
    def read_(content: bytes, form: str = "psw-gd", first: int = 0) -> list[Source]:
        path = tmp_path / "message"
        path.write_bytes(content)
        kind = types.get(forms.get(form).doc_type)
        return list(forms.read_source(path, form, Reading(kind, bytes(32), first, BANK)))

    return read_


Read = Callable[..., list[Source]]


def value_of(source: Source, doc_type: str) -> dict[str, Any]:
    assert source.problem is None, source.problem
    return dict(types.check(types.get(doc_type), source.data or b"").value or {})


def message(change: Callable[[dict[str, Any]], object], of: bytes = GD) -> bytes:
    """The message with its data changed, and a digest that fits."""
    told = json.loads(of)
    change(told["data"])
    data = json.dumps(told["data"])
    del told["data"], told["signature"]
    return f'{json.dumps(told)[:-1]},"data":{data},"signature":"{psw_envelope.digest_of(data)}"}}'.encode()


def test_a_declaration_becomes_an_extract_with_its_numbers_as_they_were_written(read: Read) -> None:
    value = value_of(read(GD)[0], "DECLARATION_EXTRACT")
    assert (value["source"], value["declarationNumber"], value["declarationDate"], value["office"]) == (
        "PSW", "KAPW-HC-22112-18-09-2026", "2026-09-18", "KAPW"
    )  # fmt: skip
    assert value["totalValue"] == "148600.0000"
    assert value["items"][0] == {
        "hsCode": "87089900", "quantity": "104", "uom": "PK", "unitPrice": "475.0000", "totalValue": "49400.0000"
    }  # fmt: skip
    assert value["financialInstruments"] == ["SNB-IMP-000301-05082026"]
    assert (value["direction"], value["status"], value["transportDocumentDate"]) == (
        "IMPORT",
        "03",
        "2026-08-29",
    )


def test_an_instrument_becomes_one_of_the_bank_that_was_filled_in(read: Read) -> None:
    first, second = (value_of(one, "PSW_FI") for one in read(INSTRUMENTS, "psw-fi"))
    assert first["issuingBank"] == BANK["issuingBank"]
    assert (first["issueDate"], first["expiryDate"], first["financialInstrumentValue"]) == (
        "2026-08-05", "2026-12-31", "148600.0000"
    )  # fmt: skip
    assert second["finInsUniqueNumber"] == "SNB-IMP-000302-06082026"


def test_a_digest_that_fits_is_told_to_prove_nothing_about_the_sender(read: Read) -> None:
    (source,) = read(GD)
    (note,) = source.notes
    assert note.code == "PSW_UNSIGNED"
    assert "nothing about who sent" in note.message
    without = json.loads(GD)
    del without["signature"]
    (source,) = read(json.dumps(without).encode())
    assert [one.code for one in source.notes] == ["PSW_NO_DIGEST"]


def test_the_digest_is_of_the_text_and_not_of_what_it_means(read: Read) -> None:
    """The vectors of docs/spec/ways-in.md: the same number written in another way has another digest."""
    assert (
        psw_envelope.digest_of('{"totalDeclaredValue":1.0000}')
        == "FcuUBKLty/w8iTnFvb+AAtBjcbstSDqeu+1l5NKv5TE="
    )
    assert (
        psw_envelope.digest_of('{"totalDeclaredValue":1.0}') == "E+SMCehDi3CI4jPZNzBknGJOWVe5wcCPk5AZNpA+5WQ="
    )
    assert psw_envelope.digest_of("{}") == b64encode(sha256(b"{}").digest()).decode()
    same = GD.replace(b"148600.0000", b"148600.0")
    assert float(b"148600.0000") == float(b"148600.0")
    assert read(GD)[0].problem is None
    problem = read(same)[0].problem
    assert problem is not None
    assert (problem.code, problem.field) == ("PSW_DIGEST_WRONG", "/signature")


def test_the_recording_has_one_message_twice_and_one_that_was_changed_on_its_way(read: Read) -> None:
    rows = read(DECLARATIONS)
    assert [one.problem.code if one.problem else "" for one in rows] == ["", "", "", "", "PSW_DIGEST_WRONG"]
    assert rows[0].data == rows[3].data
    assert [one.name for one in rows] == [f"line {number}" for number in range(1, 6)]
    assert [one.name for one in read(DECLARATIONS, first=3)] == ["line 4", "line 5"]


def test_one_message_over_several_lines_is_one_message(read: Read) -> None:
    data = json.dumps(json.loads(GD)["data"], indent=1)
    text = f'{{"data": {data},\n "signature": "{psw_envelope.digest_of(data)}"}}\n'
    (source,) = read(text.encode())
    assert (source.name, source.problem) == ("message", None)


@pytest.mark.parametrize(("form", "change", "field"), [
    pytest.param("psw-gd", lambda d: d.update(colour="red"), "/data/colour", id="member-nobody-knows"),
    pytest.param("psw-gd", lambda d: d.update({"a\nb": 1}), "/data/", id="member-whose-name-is-not-repeated"),
    pytest.param("psw-gd", lambda d: d.update(gdNumber="KAPW-HC-22112"), "/data/gdNumber", id="number-without-its-day"),
    pytest.param("psw-gd", lambda d: d.update(gdNumber=7), "/data/gdNumber", id="number-for-a-text"),
    pytest.param("psw-gd", lambda d: d.update(blAwbDate="2026-08-29"), "/data/blAwbDate", id="day-in-another-form"),
    pytest.param("psw-gd", lambda d: d.update(blAwbDate="20260231"), "/data/blAwbDate", id="day-that-is-none"),
    pytest.param("psw-gd", lambda d: d.update(itemInformation={}), "/data/itemInformation", id="no-list"),
    pytest.param("psw-gd", lambda d: d.update(itemInformation=[[]]), "/itemInformation/0", id="no-object"),
    pytest.param("psw-gd", lambda d: d["financialInfo"].update(totalDeclaredValue=True),
                 "/data/financialInfo/totalDeclaredValue", id="truth-for-an-amount"),
    pytest.param("psw-fi", lambda d: d.update(finInsUniqueNumber="SNB-EXP-000301-05082026"),
                 "/data/finInsUniqueNumber", id="export"),
    pytest.param("psw-fi", lambda d: d.update(finInsUniqueNumber="SNB-000301"),
                 "/data/finInsUniqueNumber", id="no-number"),
])  # fmt: skip
def test_a_message_with_one_thing_wrong_is_refused_by_its_place(
    read: Read, form: str, change: Callable[[dict[str, Any]], object], field: str
) -> None:
    assert read(message(lambda _: None, FORMS[form]), form)[0].problem is None
    (source,) = read(message(change, FORMS[form]), form)
    assert source.problem is not None
    assert source.problem.field == field


@pytest.mark.parametrize("text", [
    pytest.param(b"{}", id="empty"),
    pytest.param(b"[]", id="list"),
    pytest.param(GD[:-1], id="cut-off"),
    pytest.param(GD + b"x", id="something-follows"),
    pytest.param(GD.replace(b'{"messageId"', b'{"messageId":"x","messageId"', 1), id="member-twice"),
    pytest.param(GD.replace(b'"gdStatus"', b'"gdStatus":"01","gdStatus"', 1), id="inner-member-twice"),
    pytest.param(GD.replace(b'"senderId":"PSW"', b'"senderId":NaN', 1), id="no-number-of-json"),
    pytest.param(GD.replace(b"148600.0000", b"1" * 41, 1), id="endless-number"),
    pytest.param(b'{"data":' + b"[" * 200 + b"]" * 200 + b"}", id="deep"),
    pytest.param(b"\xff" + GD, id="not-utf-8"),
    pytest.param(GD.replace(b'"data":{', b'"data":["', 1), id="data-no-object"),
    pytest.param(GD.replace(b'"signature":"', b'"signature":"!', 1), id="no-base64"),
    pytest.param(b'{"data":{},"x":"' + b"x" * psw_envelope.MESSAGE_AT_MOST + b'"}', id="too-large"),
])  # fmt: skip
def test_what_is_no_message_is_refused(read: Read, text: bytes) -> None:
    (source,) = read(text)
    assert source.data is None
    assert source.problem is not None
    assert source.problem.code in {"PSW_MESSAGE_INVALID", "PSW_DIGEST_WRONG"}


def test_a_line_that_is_no_message_keeps_no_other_back(read: Read) -> None:
    rows = read(b"{}\n" + GD + b"\n{" + b" " * (2 * psw_envelope.MESSAGE_AT_MOST) + b"}\n\n" + GD)
    assert [(one.name, one.problem is None) for one in rows] == [
        ("line 1", False), ("line 2", True), ("line 3", False), ("line 5", True)
    ]  # fmt: skip


@given(seed=st.integers(0, 2**32), form=st.sampled_from(["psw-fi", "psw-gd"]))
def test_of_a_changed_message_nothing_is_taken_but_what_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, seed: int, form: str
) -> None:
    random, original = Random(seed), FORMS[form]
    at, size = random.randrange(len(original)), random.randrange(1, 9)
    text = original[:at] + random.randbytes(random.randrange(4)) + original[at + size :]
    to = psw.declaration if form == "psw-gd" else psw.instrument
    reading = Reading(types.get(forms.get(form).doc_type), bytes(32), 0, BANK)
    try:
        data, notes = psw_envelope.open_message(text)
        to(data, reading)
    except SanadError:
        return  # whatever else is raised fails the test
    same, _ = psw_envelope.open_message(original)
    assert data == same or [one.code for one in notes] == ["PSW_NO_DIGEST"]
