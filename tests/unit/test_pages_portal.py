"""The working pages in both languages: whatever a document or a person says, a page stays one everybody can use."""

from functools import cache

import pytest

from sanad_api.pages.batch_view import batch_shown
from sanad_api.pages.consignment_view import custody_line, offered, scopes_for, stops_of
from sanad_api.pages.formation_view import tree
from sanad_api.pages.rendering import Pages
from sanad_node.wire import ConsignmentView
from sanad_node.wire.successions import OfficeLine, SuccessionView
from sanad_testkit import portal_pages
from sanad_testkit.parsed_page import Page, parsed
from sanad_testkit.portal_pages import EVERYBODY, NOW, Language, all_pages, consignment, hop

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7*7 }}\u202ekhi\u200b"
PAGES = Pages(clock=lambda: NOW)
PAGES_OF = cache(all_pages)
LANGUAGES: tuple[Language, ...] = ("en", "ur")
each_page = pytest.mark.parametrize("name", sorted(all_pages("TCLU4482017", "en")))
each_language = pytest.mark.parametrize("language", LANGUAGES)


def shown(name: str, language: Language, text: str = "TCLU4482017") -> tuple[str, Page]:
    one = PAGES_OF(text, language)[name]
    html = PAGES.render(one.template, language, EVERYBODY, path=one.path, **one.view)
    return html, parsed(html)


@each_language
@each_page
def test_a_page_is_well_formed_and_has_one_heading_of_the_first_rank(name: str, language: Language) -> None:
    _, page = shown(name, language)
    assert page.open == []
    assert len(page.all("h1")) == 1
    html = page.all("html")[0]
    assert (html["lang"], html["dir"]) == (language, "rtl" if language == "ur" else "ltr")


@each_language
@each_page
def test_no_value_becomes_markup_or_hides(name: str, language: Language) -> None:
    html, page = shown(name, language, HOSTILE)
    _, honest = shown(name, language)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in honest.elements], (
        "the same page, other texts"
    )
    assert html.count("{{ 7*7 }}") == html.count("7*7"), "nothing is computed"
    assert "\u202e" not in page.text
    assert not any(
        "\u202e" in told.get("aria-label", "") + told.get("title", "") for _, told in page.elements
    )
    for tag, told in page.elements:
        assert not any(attribute.startswith("on") or attribute == "style" for attribute in told), tag
        assert not told.get("href", "").lower().startswith(("javascript:", "data:", "//", "http"))
        assert tag != "style"
        assert tag != "script" or told.get("src", "").startswith("/static/")


@each_language
@each_page
def test_every_field_has_a_label_and_every_id_is_there_once(name: str, language: Language) -> None:
    _, page = shown(name, language)
    ids = [told["id"] for _, told in page.elements if "id" in told]
    assert len(ids) == len(set(ids)), {one for one in ids if ids.count(one) > 1}
    for told in page.all("input", "select", "textarea"):
        if told.get("type") != "hidden":
            assert told["id"] in page.labels, told
        for described in told.get("aria-describedby", "").split():
            assert described in ids
    for told in page.all("svg"):
        for named in told.get("aria-labelledby", "").split():
            assert named in ids
    for told in page.all("a"):
        if told["href"].startswith("#"):
            assert told["href"][1:] in ids, told


@each_language
@each_page
def test_every_form_that_acts_carries_the_session_s_token_and_a_key_of_its_own(
    name: str, language: Language
) -> None:
    html, page = shown(name, language)
    forms = [
        told
        for told in page.all("form")
        if told.get("method") == "post" and told["action"] not in {"/sign-out", "/language"}
    ]
    keys = [told["value"] for told in page.all("input") if told.get("name") == "key"]
    assert len(keys) == len(forms) == len(set(keys))
    assert html.count('name="csrf"') >= len(forms)


# -- single pages -------------------------------------------------------------------------------------------------


def test_the_list_above_a_form_leads_to_each_field_that_is_wrong() -> None:
    _, page = shown("issue-wrong", "en")
    links = [told["href"] for told in page.all("a") if told["href"].startswith("#f-")]
    assert links == ["#f-/gdNumber", "#f-/items/0/hsCode", "#f-/consignee"]
    wrong = {told["name"] for told in page.all("input") if told.get("aria-invalid") == "true"}
    assert wrong == {"/gdNumber", "/items/0/hsCode"}
    assert "GD number: This is needed." in page.text


def test_rows_are_added_and_removed_by_named_buttons() -> None:
    _, page = shown("issue-filled", "en")
    buttons = {
        (told["name"], told["value"]) for told in page.all("button") if told.get("name") in {"add", "remove"}
    }
    assert ("add", "/items") in buttons
    first = next(told for told in page.all("button") if told.get("name"))
    assert (first["name"], first["value"]) == ("step", "check"), "the enter key checks, it adds no row"


def test_a_money_field_says_its_currency() -> None:
    _, page = shown("issue-filled", "en")
    assert "For example 1250.50. · in USD" in page.text.replace("\u2068", "").replace("\u2069", "")


def test_the_map_draws_the_places_and_says_whose_borders_they_are() -> None:
    _, page = shown("consignment", "en")
    assert "Borders as in the source; no position taken." in page.text
    assert "1–5: Karachi (PKKHI)" not in page.text, "holds have no place"
    assert "Karachi (PKKHI)" in page.text
    assert "Faisalabad (PKLYP), awaited" in page.text


def test_a_batch_that_goes_on_is_watched_and_one_that_has_ended_is_not() -> None:
    running, done = shown("batch-running", "en")[0], shown("batch-done", "en")[0]
    assert 'data-live="/v1/batches/b1" data-until="done failed"' in running
    assert "data-live" not in done


# -- views --------------------------------------------------------------------------------------------------------


def test_both_halves_of_a_hand_over_stand_together_and_what_differs_is_marked() -> None:
    steps = custody_line(consignment("NSL13386"))
    assert [(step.act, step.state) for step in steps] == [
        ("register", "done"),
        ("hand-over", "done"),
        ("hand-over", "refused"),
        ("hold", "done"),
        ("lift", "done"),
        ("hand-over", "pending"),
    ]
    refused, pending = steps[2], steps[-1]
    assert [(gap.kind, gap.count) for gap in refused.gaps] == [("short", 12), ("condition", 0)]
    assert refused.taker is not None
    assert refused.taker.by == "INDUS-BOND"
    assert (pending.awaited, pending.taker) == ("FSD-BWH", None)
    assert [(gap.kind, gap.count) for gap in pending.gaps] == [("less-than-held", 12)]
    assert [(stop.number, stop.code, stop.pending) for stop in stops_of(steps)][-1] == (6, "PKLYP", True)


def test_another_seal_is_a_gap_and_the_same_one_written_otherwise_is_not() -> None:
    def seals(before: str, after: str) -> list[str]:
        told = consignment("x").model_copy(
            update={"hops": [hop(1, "ship", "A", taker="B", text=before), hop(2, "receive", "B", text=after)]}
        )
        return [gap.kind for gap in custody_line(told)[0].gaps]

    assert seals("NSL 13386", "nsl-13386") == []
    assert seals("NSL13386", "PCS90417") == ["seal"]


@pytest.mark.parametrize(
    ("holder", "taker", "holds", "acts"),
    [
        ("KSCT", "", [], ("ship", "hold")),
        ("KSCT", "", ["KAPW"], ("hold",)),
        ("KSCT", "", ["KAPW", "KSCT"], ("lift",)),
        ("KSCT", "FSD-BWH", [], ("recall", "hold")),
        ("SMPL-LINE", "KSCT", [], ("receive", "refuse", "hold")),
        ("SMPL-LINE", "", [], ("hold",)),
    ],
)
def test_only_what_is_one_s_turn_is_offered(
    holder: str, taker: str, holds: list[str], acts: tuple[str, ...]
) -> None:
    told: ConsignmentView = consignment("x").model_copy(
        update={"holder": holder, "taker": taker, "holds": holds}
    )
    every = frozenset({"ship", "receive", "refuse", "recall", "hold"})
    assert offered(told, "KSCT", every) == acts
    assert offered(told, "KSCT", frozenset()) == ()
    assert offered(told, "", every) == ()


def test_an_office_that_came_of_several_stands_under_each_and_what_came_of_it_under_the_first() -> None:
    told = [("A", "C"), ("B", "C"), ("C", "D"), ("C", "E")]
    steps = [
        SuccessionView(predecessor=one, successor=other, since=9, in_effect=other != "E", entry=at)
        for at, (one, other) in enumerate(told)
    ]
    first, second = tree(OfficeLine(formation="C", present=["D"], since=9, steps=steps))
    assert (first.code, first.since, second.code) == ("A", 0, "B")
    (merged,) = first.branches
    assert [(one.code, one.later) for one in merged.branches] == [("D", False), ("E", True)]
    (once_more,) = second.branches
    assert (once_more.code, once_more.again, once_more.branches) == ("C", True, ())
    assert tree(OfficeLine(formation="C", present=[], since=0, steps=[])) == ()


def test_the_successor_of_a_holder_or_taker_is_offered_what_they_might_do() -> None:
    told: ConsignmentView = consignment("x").model_copy(update={"holder": "KAPW", "taker": "", "holds": []})
    every = frozenset({"ship", "receive", "refuse", "recall"})
    assert offered(told, "KCUS", every) == ()
    assert offered(told, "KCUS", every, ["KAPW"]) == ("ship",)
    on_its_way = told.model_copy(update={"holder": "LINE", "taker": "KAPW"})
    assert offered(on_its_way, "KCUS", every, ["KAPW"]) == ("receive", "refuse")


def test_a_scope_that_has_ended_or_a_formation_that_is_suspended_may_do_nothing() -> None:
    office = portal_pages.formation("x", "en").told
    assert scopes_for(office, "GOODS_DECLARATION", NOW) == {"issue", "revoke"}
    assert scopes_for(office, "CONTAINER", NOW) == frozenset()
    assert scopes_for(office.model_copy(update={"suspended_at": 1}), "GOODS_DECLARATION", NOW) == frozenset()


def test_a_key_is_worth_what_its_dates_and_marks_say() -> None:
    office = portal_pages.formation("x", "en")
    assert [key.standing for key in office.keys] == ["in-force", "ended", "compromised"]
    assert office.standing == "in-force"
    assert [scope.acts for scope in office.cargo] == [("ship", "receive", "hold")]


def test_a_batch_counts_what_is_settled_and_ignores_an_outcome_that_does_not_exist() -> None:
    told = batch_shown(portal_pages.batch("x", "done"), "<odd>")
    assert (told.settled, told.checked, told.troubled, told.outcome) == (900, 900, 97, "")
    assert [tally.outcome for tally in told.tallies] == ["final", "already", "failed"]
    assert not told.live
