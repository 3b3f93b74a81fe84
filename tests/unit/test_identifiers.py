"""Numbers and codes that could be right, those that cannot, and those that nothing can be said about.

The traps are those that real papers set: a rule that they break is a warning, and the document is issued all the same.
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad_node import identifiers, types
from sanad_node.identifiers import codes, places, transport
from sanad_node.identifiers.judging import judge, kinds
from sanad_node.identifiers.places import places_of
from sanad_node.types import pointers
from sanad_node.types.registry import TypeDefinitionWrong

FITS = [
    ("containerNumber", "CSQU3054383"), ("containerNumber", "NARU3472484"), ("containerNumber", "APZU4812090"),
    ("containerNumber", "TCLU 448201-7"), ("imo", "9074729"), ("imo", "IMO 9319466"), ("imo", "9321483"),
    ("iban", "PK36SCBL0000001123456702"), ("iban", "PK88SAUD0000032000486666"), ("cnic", "34201-0891231-8"),
    ("chassis", "1M8GDM9AXKP042788"), ("gdNumber", "KPPI-HC-86-08-07-2021"), ("gdNumber", "KAPW-HC-22012-18-08-2022"),
    ("instrumentNumber", "SLB-IMP-000002-29062021"), ("virNumber", "KAPW-0117-15092026"), ("hsCode", "8481.1000"),
    ("lei", "213800KUD8LAJWSQ9D15"), ("gln", "73513537"), ("currency", "AFN"), ("currency", "IRR"), ("country", "PK"),
    ("place", "PKKHI"), ("place", "PKBQM"), ("unit", "KGM"), ("deliveryTerm", "CFR"),
]  # fmt: skip
DOUBTFUL = [
    ("containerNumber", "CSQU3054384", "CONTAINER_CHECK_DIGIT"), ("containerNumber", "CSQU305438", "CONTAINER_LENGTH"),
    ("containerNumber", "CSQX3054383", "CONTAINER_CATEGORY"), ("imo", "8814274", "IMO_CHECK_DIGIT"),
    ("iban", "PK36SCBL0000001123456703", "IBAN_CHECK_DIGITS"), ("iban", "PK48SCBL000000112345", "IBAN_FORM"),
    ("bic", "AGRIFR", "BIC_FORM"), ("bic", "AGRIZQPP", "BIC_FORM"),
    ("lei", "213800KUD8LAJWSQ9D16", "LEI_CHECK_DIGITS"),
    ("gln", "73513536", "GS1_CHECK_DIGIT"), ("cnic", "34201-0891231", "CNIC_FORM"),
    ("cnic", "94201-0891231-8", "CNIC_REGION"),
    ("currency", "XXQ", "CURRENCY_UNKNOWN"), ("country", "ZQ", "COUNTRY_UNKNOWN"), ("country", "YU", "COUNTRY_PAST"),
    ("place", "ZQABC", "PLACE_COUNTRY"), ("place", "PKZZZ", "PLACE_UNKNOWN"), ("hsCode", "77010000", "HS_CHAPTER"),
    ("hsCode", "870", "HS_LENGTH"), ("unit", "PCS", "UNIT_MISWRITTEN"), ("deliveryTerm", "DAF", "TERM_RETIRED"),
    ("deliveryTerm", "XYZ", "TERM_UNKNOWN"), ("gdNumber", "22012", "GD_NUMBER_FORM"),
    ("gdNumber", "KAPW-HC-1-31-02-2026", "GD_NUMBER_DATE"),
    ("instrumentNumber", "SLB-IMP-2-29062021", "FI_NUMBER_FORM"),
    ("instrumentNumber", "SLB-IMP-000002-31022026", "FI_NUMBER_DATE"), ("virNumber", "KEWB", "VIR_NUMBER_FORM"),
    ("strn", "123", "STRN_FORM"), ("psid", "1234", "PSID_FORM"), ("carrierCode", "maersk", "CARRIER_CODE_FORM"),
    ("billReference", "X" * 21, "BILL_REFERENCE_FORM"), ("ntn", "0000000", "NTN_FORM"),
    ("chassis", "AB", "CHASSIS_FORM"),
]  # fmt: skip
NOTHING_TO_SAY = [
    ("hsCode", "30049099"), ("hsCode", "99010000"), ("place", "DEHAM"), ("unit", "XBX"), ("ntn", "1234567-8"),
    ("strn", "1234567890123"), ("psid", "12345678901234567"), ("bic", "AGRIFRPP"), ("carrierCode", "MAEU"),
    ("billReference", "MAEU1234"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), FITS)
def test_an_identifier_that_fits_its_rule(kind: str, text: str) -> None:
    assert judge(kind, text).answer == "yes"


@pytest.mark.parametrize(("kind", "text", "code"), DOUBTFUL)
def test_an_identifier_that_does_not_fit_is_doubted_by_its_code_and_not_repeated(
    kind: str, text: str, code: str
) -> None:
    found = judge(kind, text)
    assert (found.answer, found.code) == ("no", code)
    assert text not in found.message


@pytest.mark.parametrize(("kind", "text"), NOTHING_TO_SAY)
def test_what_no_list_or_rule_here_can_tell_is_neither_right_nor_wrong(kind: str, text: str) -> None:
    assert judge(kind, text).answer == "not-checked"


@given(st.sampled_from(kinds()), st.text(max_size=40))
def test_no_text_breaks_a_judge(kind: str, text: str) -> None:
    found = judge(kind, text)
    assert (found.answer == "no") == bool(found.code) == bool(found.message)


# -- the traps of real papers ------------------------------------------------------------------------------------------


def test_the_leading_zero_of_an_ntn_belongs_to_it() -> None:
    assert judge("ntn", "0425425").answer == "not-checked"
    assert judge("ntn", "425425").code == "NTN_FORM"


def test_an_identity_card_of_azad_kashmir_is_not_doubted() -> None:
    assert judge("cnic", "84201-0891231-8").answer == "yes"


def test_an_identity_card_that_ends_in_nought_is_doubted_and_not_refused() -> None:
    assert judge("cnic", "34201-0891231-0").code == "CNIC_LAST_DIGIT"
    assert _issuable("AUCTION_RECEIPT", {"/buyer/cnic": "34201-0891231-0"}) == {"CNIC_LAST_DIGIT"}


def test_a_truck_number_in_the_container_s_field_is_not_doubted() -> None:
    for truck in ("LES-18-4417", "TKR 421", "JU-9087"):
        assert judge("containerNumber", truck).answer == "not-checked"


def test_a_container_with_a_wrong_check_digit_is_a_warning_and_not_refused() -> None:
    assert judge("containerNumber", "ASFU9999991").code == "CONTAINER_CHECK_DIGIT"
    assert judge("containerNumber", "ASF9999991").answer == "not-checked"  # three letters: a truck's
    assert _issuable("GOODS_DECLARATION", {"/containers/0/number": "ASFU9999991"}) == {
        "CONTAINER_CHECK_DIGIT"
    }


def test_a_chassis_number_made_for_europe_or_japan_needs_no_check_digit() -> None:
    assert judge("chassis", "WP0ZZZ99ZTS392124").answer == "yes"
    assert judge("chassis", "JTDBR32E720123456").answer == "yes"


def test_a_chassis_number_of_north_america_or_china_needs_its_check_digit() -> None:
    assert judge("chassis", "1M8GDM9A1KP042788").code == "CHASSIS_CHECK_DIGIT"
    number = "LVSHCAMB0CE054249"
    right = number[:8] + transport.vin_check_digit(number) + number[9:]
    assert judge("chassis", right).answer == "yes"
    assert (
        judge("chassis", number[:8] + ("0" if right[8] != "0" else "1") + number[9:]).code
        == "CHASSIS_CHECK_DIGIT"
    )


def test_a_japanese_frame_number_is_shorter_and_nothing_is_said_about_it() -> None:
    for frame in ("URJ-2002-4094779", "TRJ150-0098765", "NZE141 6113208"):
        assert judge("chassis", frame).answer == "not-checked"


def test_seventeen_ones_have_a_right_check_digit_and_are_doubted() -> None:
    assert transport.vin_check_digit("1" * 17) == "1"
    assert judge("chassis", "1" * 17).code == "CHASSIS_IMPLAUSIBLE"


def test_the_letters_that_no_chassis_number_has_are_doubted() -> None:
    assert judge("chassis", "WPOZZZ99ZTS392124").code == "CHASSIS_LETTERS"


def test_a_terminal_that_the_list_has_as_a_place_is_known_and_a_code_of_another_country_s_is_not_checked() -> (
    None
):
    assert judge("place", "PKKCT").answer == "yes"
    assert judge("place", "AUCHN").answer == "not-checked"


def test_a_tariff_code_is_the_same_with_and_without_its_dot() -> None:
    assert codes.hs_digits("8446.1000") == "84461000"
    assert judge("hsCode", "8446.1000") == judge("hsCode", "84461000")


def test_a_subheading_of_an_older_edition_is_doubted_and_not_refused() -> None:
    assert judge("hsCode", "85171200").code == "HS_UNKNOWN"  # telephones, split in 2022
    assert judge("hsCode", "85171300").answer == "yes"


def test_a_declaration_s_number_without_its_day_comes_again_each_day() -> None:
    assert judge("gdNumber", "KAPW-HC-22012").code == "GD_NUMBER_UNDATED"


def test_a_manifest_s_number_with_nine_digits_of_a_day_is_doubted() -> None:
    assert judge("virNumber", "KEWB-0005-150720211").code == "VIR_NUMBER_DATE"


def test_cfr_is_still_written_c_and_f() -> None:
    assert judge("deliveryTerm", "C&F").answer == "yes"


def _issuable(name: str, changes: dict[str, str]) -> set[str]:
    """The warnings of a document that its type allows."""
    kind = types.get(name)
    value = json.loads(kind.read_sample())
    before = {one.code for one in identifiers.look(kind, value).warnings}
    for pointer, text in changes.items():
        place = value
        *above, last = pointers.split(pointer)
        for segment in above:
            place = place[int(segment)] if isinstance(place, list) else place[segment]
        place[last] = text
    checked = types.check(kind, json.dumps(value).encode())
    return {one.code for one in identifiers.warnings_in(checked)} - before


# -- container numbers against their definition --------------------------------------------------------------------


def slow_check_digit(number: str) -> int:
    """ISO 6346, 3.1.2: letters are 10 to 38 without the multiples of 11; weights are powers of two."""
    letters = [n for n in range(10, 39) if n % 11]
    values = [letters[ord(c) - ord("A")] if c.isalpha() else int(c) for c in number]
    total: int = sum(value * 2**place for place, value in enumerate(values))
    return total % 11 % 10


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
    st.sampled_from("UJZ"),
    st.text("0123456789", min_size=6, max_size=6),
    st.integers(0, 9),
)
def test_a_container_number_fits_exactly_with_the_check_digit_of_the_standard(
    owner: str, category: str, serial: str, digit: int
) -> None:
    number = owner + category + serial
    expected = "yes" if digit == slow_check_digit(number) else "no"
    assert judge("containerNumber", f"{number}{digit}").answer == expected


# -- where they stand --------------------------------------------------------------------------------------------------


def test_the_identifiers_of_a_type_follow_from_its_schema_and_its_own_list() -> None:
    found = dict(places_of(types.get("GOODS_DECLARATION")))
    assert found["/items/*/hsCode"] == "hsCode"
    assert found["/consignee/ntn"] == "ntn"
    assert found["/containers/*/number"] == "containerNumber"
    assert found["/items/*/chassisNumber"] == "chassis"
    assert found["/gdNumber"] == "gdNumber"
    assert dict(places_of(types.get("PSW_FI")))["/trader/iban"] == "iban"
    assert places_of(types.get("FILE")) == ()


@pytest.mark.parametrize("name", types.registry())
def test_every_place_of_identifiers_is_of_a_kind_that_can_be_judged(name: str) -> None:
    assert {kind for _, kind in places_of(types.get(name))} <= set(kinds())


def test_a_type_with_a_list_of_kinds_there_are_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = types.get("GOODS_DECLARATION")
    read = places._read
    wrong = [{"pointer": "/gdNumber", "kind": "lottery"}]
    monkeypatch.setattr(places, "_read", lambda t, n: wrong if n == "identifiers.json" else read(t, n))
    places_of.cache_clear()
    try:
        with pytest.raises(TypeDefinitionWrong):
            places_of(kind)
    finally:
        places_of.cache_clear()


def test_a_document_with_many_wrong_numbers_tells_twenty_of_them_and_how_many_there_are() -> None:
    kind = types.get("GOODS_DECLARATION")
    value = json.loads(kind.read_sample())
    value["containers"] = [{"number": f"CSQU305438{n % 10}"} for n in range(40)]
    looked = identifiers.look(kind, value)
    assert len(looked.warnings) == 20
    assert looked.doubtful == 36  # one in ten has the right digit
    assert looked.warnings[0].pointer == "/containers/0/number"


def test_nothing_is_said_about_bytes_or_about_what_is_no_document_of_the_type() -> None:
    assert identifiers.warnings_about("FILE", b"anything") == ()
    assert identifiers.warnings_about("GOODS_DECLARATION", b"{}") == ()
