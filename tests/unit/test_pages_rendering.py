"""The pages about papers, and the ground they stand on: in both languages, whatever a document or a person says."""

import json
import re
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

import pytest

from sanad_api.callers import ANYONE, Caller, Role
from sanad_api.pages import view
from sanad_api.pages.moments import age, moment
from sanad_api.pages.navigation import navigation
from sanad_api.pages.rendering import (
    PAGE_HEADERS,
    Pages,
    headers_of,
    static_files,
    static_url,
    static_version,
)
from sanad_api.pages.text import plain, short
from sanad_api.pages.tones import tone_of
from sanad_api.pages.words import LANGUAGES, Language, words
from sanad_node.desk.evidence import verdict_view
from sanad_node.wire import VerdictView
from sanad_node.wire.documents import CheckView, NoticeView
from sanad_testkit.browser_modules import READ, run
from sanad_testkit.paper_pages import NEVER_SEEN, OTHER, paper_pages, report, verdicts
from sanad_testkit.parsed_page import Page, parsed
from sanad_testkit.portal_pages import EVERYBODY, NOW
from sanad_verifier.answers import STATES
from sanad_verifier.verdict import Answer, Is, Overall

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{ 7*7 }}\u202ekhi\u200b"
LONG = "W" * 4000
TEXTS = {"honest": "KAPW-AUC 17", "hostile": HOSTILE, "long": LONG, "empty": "", "urdu": "کراچی"}
PAGES = Pages(clock=lambda: NOW)
NAMES = sorted(paper_pages("x"))
each_page = pytest.mark.parametrize("name", NAMES)
each_language = pytest.mark.parametrize("language", LANGUAGES)
each_text = pytest.mark.parametrize("text", TEXTS)


@cache
def shown(
    name: str, language: Language, text: str = "honest", caller: Caller = EVERYBODY
) -> tuple[str, Page]:
    one = paper_pages(TEXTS[text])[name]
    html = PAGES.render(one.template, language, caller, path=one.path, **one.view)
    return html, parsed(html)


# -- every page ----------------------------------------------------------------------------------------------------


@each_text
@each_language
@each_page
def test_a_page_is_well_formed_whatever_is_said_on_it(name: str, language: Language, text: str) -> None:
    html, page = shown(name, language, text)
    assert page.open == []
    assert html.lstrip().startswith("<!doctype html>")
    assert len(page.all("h1")) == len(page.all("main")) == 1
    (root,) = page.all("html")
    assert (root["lang"], root["dir"]) == (language, "rtl" if language == "ur" else "ltr")


@each_language
@each_page
def test_what_a_document_says_is_text_and_all_of_it_is_seen(name: str, language: Language) -> None:
    html, page = shown(name, language, "hostile")
    _, honest = shown(name, language)
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in honest.elements]
    assert html.count("{{ 7*7 }}") == html.count("7*7"), "nothing is computed"
    assert "\u202e" not in page.text
    assert "\u200b" not in page.text
    for tag, told in page.elements:
        assert not any(attribute.startswith("on") or attribute == "style" for attribute in told), tag
        assert not told.get("href", "").lower().startswith(("javascript:", "data:", "//", "http"))
        assert tag != "style"
        assert tag != "script" or told["src"].startswith("/static/")


@each_language
@each_page
def test_every_field_has_a_label_and_every_id_is_there_once(name: str, language: Language) -> None:
    _, page = shown(name, language)
    ids = [told["id"] for _, told in page.elements if "id" in told]
    assert len(ids) == len(set(ids)), {one for one in ids if ids.count(one) > 1}
    for told in page.all("input", "select", "textarea"):
        if told.get("type") != "hidden":
            assert told["id"] in page.labels, told
        assert set(told.get("aria-describedby", "").split()) <= set(ids)
    for told in page.all("a"):
        assert not told["href"].startswith("#") or told["href"][1:] in ids, told


@each_page
def test_a_page_loads_nothing_from_anywhere_else(name: str) -> None:
    _, page = shown(name, "en")
    for tag, told in page.elements:
        for attribute in ("src", "href", "action"):
            assert told.get(attribute, "/").startswith(("/", "#")), (tag, told)


def test_pages_allow_no_script_that_is_not_a_file_of_ours() -> None:
    assert "unsafe" not in PAGE_HEADERS["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in PAGE_HEADERS["Content-Security-Policy"]
    assert headers_of("ur")["Content-Language"] == "ur"
    assert headers_of("ur")["Cache-Control"] == "private, no-store"


# -- the frame -----------------------------------------------------------------------------------------------------


def test_the_header_offers_what_the_reader_s_roles_may_do() -> None:
    assert [way.name for way in navigation(ANYONE, "/verify")] == ["verify"]
    squad = Caller(1, "s", "KSCT", frozenset({Role.SQUAD}))
    assert [way.name for way in navigation(squad, "/consignments/x?y=1") if way.current] == ["consignments"]
    assert "users" not in [way.name for way in navigation(squad, "/")]
    assert "users" in [way.name for way in navigation(EVERYBODY, "/")]


def test_a_stranger_is_asked_to_sign_in_and_a_person_is_named() -> None:
    stranger, _ = shown("verify", "en", caller=ANYONE)
    assert 'href="/sign-in"' in stranger
    assert "/sign-out" not in stranger
    known, _ = shown("verify", "en")
    assert "/sign-out" in known
    assert "officer" in known


def test_a_field_that_is_wrong_is_described_by_what_is_wrong() -> None:
    macros = PAGES.environment.get_template("components.html").make_module({"w": words("en"), "who": ANYONE})
    (field,) = parsed(macros.input("n", "N", hint="H", error="E", required=True)).all("input")  # type: ignore[attr-defined]
    assert field["aria-describedby"] == "f-n-error f-n-hint"
    assert field["aria-invalid"] == "true"
    assert "required" in field
    (password,) = parsed(macros.input("p", "P", "secret", type="password")).all("input")  # type: ignore[attr-defined]
    assert password["value"] == "", "a password is never sent back"


# -- verdicts ------------------------------------------------------------------------------------------------------


@each_language
@pytest.mark.parametrize("kind", sorted(verdicts("x")))
def test_a_verdict_says_its_word_its_tone_and_all_six_answers(kind: str, language: Language) -> None:
    html, page = shown(f"verify-{kind}", language)
    told = verdicts("x")[kind]
    assert words(language)(f"verdict.{told.verdict}") in page.text
    tones = {"authentic": "good", "refused": "bad", "stale": "old", "unknown": "open", "cannot-tell": "open"}
    uncompared = told.verdict == "authentic" and told.answers["subject"].reason == "SUBJECT_NOT_GIVEN"
    assert f'class="verdict tone-{"old" if uncompared else tones[told.verdict]}"' in html
    for name in told.answers:
        assert words(language)(f"question.{name}") in page.text


def test_an_answer_with_a_code_of_a_newer_verifier_is_told_in_its_own_words() -> None:
    _, page = shown("verify-refused-newer", "ur")
    assert NEVER_SEEN in page.text


def test_a_refusal_says_why_in_the_reader_s_language() -> None:
    for language in LANGUAGES:
        _, page = shown("verify-refused", language)
        assert words(language)("headline.refused-revoked") in page.text
        assert words(language)("why.issued-in-error") in page.text


def test_a_paper_for_another_thing_is_genuine_but_refused() -> None:
    differs = Answer(Is.NO, "SUBJECT_DIFFERS", "it is about another thing")
    assert view.headline(verdict_view([report(subject=differs)])) == "refused-subject"
    matches = Answer(Is.YES, "SUBJECT_MATCHES", "it is about the thing")
    assert view.headline(verdict_view([report(subject=matches)])) == "authentic-thing"
    withdrawn = Answer(Is.NO, "REVOKED", "it was revoked")
    assert view.headline(verdict_view([report(subject=differs, state=withdrawn)])) == "refused-revoked"


def every_verdict() -> list[VerdictView]:
    """Each combination of answers to the questions, with reasons that have words and one that has none."""
    known = {
        "intact": ("DIGEST_EQUAL", "DIGEST_DIFFERS", "INTACT_NOT_CHECKED"),
        "authority": ("ENTRY_IN_LOG", "FUTURE_CODE", "AUTHORITY_NOT_CHECKED"),
        "state": ("ACTIVE", "REVOKED", "STATE_NOT_CHECKED"),
        "subject": ("SUBJECT_MATCHES", "SUBJECT_DIFFERS", "SUBJECT_NOT_GIVEN"),
        "freshness": ("FRESH", "TOO_OLD", "CLOCK_BEHIND"),
    }
    said = "said by it: \u202ecancelled at the holder's request"
    told = []
    for answers in product(Is, repeat=len(known)):
        given = {
            name: Answer(answer, known[name][list(Is).index(answer)], said)
            for name, answer in zip(known, answers, strict=True)
        }
        told.append(verdict_view([report("KAPW\u202e", **given)]))
    return told


SAYS = (
    READ
    + """
globalThis.document = { getElementById: () => ({ dataset: { words: JSON.stringify(asked.words) } }) };
const { age, bannerTone, headline, sentence, pkt, utc, ANSWER_TONES, STATE_TONES } = await import("./verdict.js");
const { plain } = await import("./words.js");
say({
  verdicts: asked.verdicts.map((told) => ({
    headline: headline(told),
    tone: bannerTone(told),
    answers: Object.entries(told.answers).map(([name, one]) => [
      ANSWER_TONES[one.answer], sentence(name, one, told, asked.now),
    ]),
  })),
  ages: asked.ages.map(age),
  times: asked.ages.map((seconds) => [utc(asked.now - seconds), pkt(asked.now - seconds)]),
  states: STATE_TONES,
  plain: asked.texts.map(plain),
});
"""
)


@each_language
def test_the_browser_says_of_every_verdict_what_the_server_says(language: Language, tmp_path: Path) -> None:
    told, spoken = every_verdict(), words(language)
    ages = [
        -1000,
        -61,
        -60,
        0,
        59,
        60,
        119,
        120,
        3599,
        3600,
        86399,
        86400,
        30 * 86400,
        365 * 86400,
        800 * 86400,
    ]
    texts = [HOSTILE, "a\u200cb", "می\u200cخواهم", "\ue000\u00a0\t x", "é", "\U0001f600", ""]
    answer = run(
        tmp_path,
        SAYS,
        {
            "words": spoken.some("reason.", "why.", "age."),
            "verdicts": [one.as_json() for one in told],
            "now": NOW,
            "ages": ages,
            "texts": texts,
        },
    )
    assert {one.verdict for one in told} == set(Overall) - {Overall.UNKNOWN}
    for one, said in zip(told, answer["verdicts"], strict=True):
        here = view.verdict_shown(one, NOW, spoken)
        assert said["headline"] == view.headline(one)
        assert said["tone"] == here.tone
        assert said["answers"] == [[shown.tone, shown.sentence] for shown in here.answers]
        assert "\u202e" not in json.dumps(said, ensure_ascii=False)
    assert answer["ages"] == [age(seconds, spoken) for seconds in ages]
    assert answer["plain"] == [plain(text) for text in texts]
    moments = [moment(NOW - seconds, NOW, spoken) for seconds in ages]
    assert answer["times"] == [[one.utc, one.pkt] for one in moments if one]
    assert answer["states"] == {state: tone_of(state) for state in STATES}


# -- a document ----------------------------------------------------------------------------------------------------


def test_a_document_s_history_leads_to_what_replaced_it() -> None:
    html, page = shown("document", "en")
    assert f'href="/documents/{OTHER}"' in html
    assert "amended" in page.text
    assert "Issued in a batch" in page.text


def test_what_may_not_be_changed_has_no_form() -> None:
    assert any(told["action"].endswith("/standing") for told in shown("document", "en")[1].all("form"))
    assert any(told["action"].endswith("/way") for told in shown("document", "en")[1].all("form"))
    assert not any(told["action"].endswith("/way") for told in shown("document-bare", "en")[1].all("form"))
    assert not any(
        told["action"].endswith("/standing") for told in shown("document-bare", "en")[1].all("form")
    )


def test_a_paper_that_is_not_on_the_ledger_has_no_link() -> None:
    papers = view.linked(paper_pages("x")["document"].view["told"].papers, words("en"), EVERYBODY)
    assert papers[0].href.startswith(f"/documents/{OTHER}?")
    assert papers[1].href == ""
    assert papers[1].title.endswith("/ FUTURE_TYPE")


def test_a_paper_that_the_reader_may_not_open_has_no_link() -> None:
    papers = paper_pages("x")["document"].view["told"].papers
    stranger = Caller(1, "bank", "SNB", frozenset({Role.ISSUER}))
    assert view.linked(papers, words("en"), stranger)[0].href == ""
    issuer = Caller(1, "own", "x", frozenset({Role.ISSUER}))
    assert view.linked(papers, words("en"), issuer)[0].href


def test_a_link_to_a_document_cannot_be_bent_by_its_issuer_s_name() -> None:
    assert view.document_href("ab", "T", "X&issuer=Y#z") == "/documents/ab?type=T&issuer=X%26issuer%3DY%23z"


def test_a_time_is_told_in_greenwich_in_karachi_and_as_an_age() -> None:
    told = moment(1_789_996_400, 1_790_000_000, words("en"))
    assert told is not None
    assert (told.iso, told.utc) == ("2026-09-21T13:13:20Z", "2026-09-21 13:13 UTC")
    assert told.pkt == "2026-09-21 18:13 PKT"
    assert told.age == "1 hour ago"
    assert moment(0, NOW, words("en")) is None
    assert moment(2**60, NOW, words("en")) is None


def test_a_digest_is_shortened_only_where_it_is_longer() -> None:
    assert short("ab" * 32) == "abababababab…"
    assert short("abc") == "abc"


# -- static files --------------------------------------------------------------------------------------------------


def test_static_addresses_change_with_the_content_of_any_file() -> None:
    assert static_url("sanad.css") == f"/static/{static_version()}/sanad.css"
    with pytest.raises(LookupError):
        static_url("no-such-file.css")


def test_style_sheets_know_no_left_and_right_and_load_nothing() -> None:
    physical = re.compile(r"(?<![\w-])(?:margin|padding|border|inset)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|"
                          r"text-align:\s*(?:left|right)|float:")  # fmt: skip
    sheets = {name: data.decode() for name, data in static_files().items() if name.endswith(".css")}
    assert sheets
    for name, sheet in sheets.items():
        assert not physical.search(sheet), (name, physical.search(sheet))
        assert "url(" not in sheet
        assert "@import" not in sheet


def test_modules_make_no_markup_out_of_text() -> None:
    modules: dict[str, Any] = {
        name: data.decode()
        for name, data in static_files().items()
        if name.endswith(".js")
        and not name.startswith(("zxing-", "pdf-"))  # those of others are pinned by their hashes
    }
    assert "digest-worker.js" in modules
    for name, module in modules.items():
        for sink in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "http:",
            "https:",
        ):
            assert sink not in module, (name, sink)


@pytest.mark.parametrize(
    ("subject", "tone", "line"),
    [
        (("yes", "SUBJECT_MATCHES"), "good", "headline.authentic-thing"),
        (("not-checked", "SUBJECT_NOT_GIVEN"), "old", "headline.authentic-uncompared"),
        (("not-checked", "SUBJECT_NOT_CHECKED"), "good", "headline.authentic"),
    ],
)
def test_a_paper_about_a_thing_is_green_only_once_the_thing_was_compared(
    subject: tuple[Literal["yes", "not-checked"], str], tone: str, line: str
) -> None:
    told = verdicts("x")["authentic"]
    answer = CheckView(answer=subject[0], reason=subject[1], sentence="…")
    said = told.model_copy(update={"answers": {**told.answers, "subject": answer}})
    here = view.verdict_shown(said, NOW, words("en"))
    assert (here.tone, here.line) == (tone, words("en")(line))


@each_language
def test_what_is_remarkable_stands_among_the_facts_in_the_reader_s_language(language: Language) -> None:
    told = verdicts("x")["authentic"]
    late = NoticeView(code="ANCHORED_LATE", sentence="…", days=96)
    newer = NoticeView(code="A_LATER_ONE", sentence="what a newer verifier says", days=0)
    said = told.model_copy(update={"notices": [late, newer]})
    (fact,) = [
        one
        for one in view.verdict_facts(said, words(language))
        if one.label == words(language)("fact.notice")
    ]
    assert fact.values == (
        words(language)("notice.ANCHORED_LATE", days=96),
        "what a newer verifier says",
    )
