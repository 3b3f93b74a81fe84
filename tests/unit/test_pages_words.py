"""The catalogues say the same in both languages, everything the pages ask for, and nothing nobody asks for."""

import re
from pathlib import Path

import pytest

from sanad_api.pages import words as module
from sanad_api.pages.text import isolated
from sanad_api.pages.view import slug
from sanad_api.pages.words import LANGUAGES, PLACEHOLDER, Language, choose_language, words
from sanad_verifier import answers, examine, findings
from sanad_verifier.entries import Kind, Reason
from sanad_verifier.errors import EvidenceError
from sanad_verifier.packs import examining
from sanad_verifier.verdict import Is, Overall

PAGES = Path(module.__file__).parent
ROOT = Path(__file__).parents[2]
LITERAL = re.compile(r"""\b(?:w|words|word)\(\s*["']([a-z][\w.-]*[\w-])["']\s*[,)]""", re.IGNORECASE)
FAMILY = re.compile(
    r"""\b(?:w|words|word)(?:\.known|\.of|Of|_of)?\(\s*f?["'`]([a-z_-]+)(?:\.["'`]\s*~|\.\$?\{|["']\s*,)""",
    re.IGNORECASE,
)
COUNTED = re.compile(r"""(?:count|span)\(\s*f?["'`]([a-z_.-]+)""")


def sources() -> str:
    files = [*PAGES.rglob("*.py"), *PAGES.rglob("*.html"), *PAGES.rglob("*.js")]
    return "\n".join(path.read_text("utf-8") for path in files)


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    english, urdu = words("en").messages, words("ur").messages
    assert set(english) == set(urdu)
    for key, message in english.items():
        assert set(PLACEHOLDER.findall(message)) == set(PLACEHOLDER.findall(urdu[key])), key
        assert message.strip()
        assert urdu[key].strip()


def test_urdu_is_written_in_its_own_letters() -> None:
    """ي and ك are Arabic's; Urdu's are ی and ک, and a search for a word finds only one of them."""
    for key, message in words("ur").messages.items():
        assert not set("يكهة") & set(message), key


def test_every_key_that_is_asked_for_exists() -> None:
    asked = set(LITERAL.findall(sources()))
    assert "verify.title" in asked
    assert not {key for key in asked if "." in key and key not in words("en").messages}


def test_no_message_is_there_that_nothing_asks_for() -> None:
    told = sources()
    families = set(FAMILY.findall(told)) | {key.partition(".")[0] for key in COUNTED.findall(told)}
    literals = set(LITERAL.findall(told)) | set(re.findall(r"""["']([a-z-]+\.[\w.-]+)["']""", told))
    unused = {
        key
        for key in words("en").messages
        if key not in literals
        and key.rpartition(".")[0] not in literals
        and key.partition(".")[0] not in families
    }
    assert not unused


# -- what the verifier can say has words ---------------------------------------------------------------------------


def reason_codes() -> set[str]:
    """Every code an answer can carry: those that are said, and those of the evidence's errors."""
    sources = [Path(str(module.__file__)) for module in (answers, examine, examining)]
    sources.append(ROOT / "node/sanad_node/verifying.py")
    said = {code for one in sources for code in re.findall(r'"([A-Z][A-Z_]+)"', one.read_text("utf-8"))}
    said |= {f"{name.upper()}_NOT_CHECKED" for name in findings._UNANSWERED}
    said |= {state.upper() for state in answers.STATES if state != "suspect"}
    return said | {error.code for error in evidence_errors(EvidenceError)}


def evidence_errors(error: type[EvidenceError]) -> set[type[EvidenceError]]:
    found = {error}
    for one in error.__subclasses__():
        if one.__module__.startswith("sanad_verifier."):
            found |= evidence_errors(one)
    return found


NEVER_IN_AN_ANSWER = {
    "MIRROR_INVALID",
    "NOT_AUTHENTIC",
    "UNKNOWN",
    "DIGEST_INVALID",
    "ADD_CHECKPOINT_INVALID",
    "EQUIVOCATION_INVALID",
    "RETURN_INVALID",
    "ROOT_INVALID",
    "STATUS_LIST_GAP",
    "STATUS_LIST_INVALID",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_a_verdict_can_say_has_words(language: Language) -> None:
    told = words(language).messages
    assert {"BUNDLE_INVALID", "QUORUM_MISSING", "TOO_OLD", "STATUS_ELSEWHERE"} <= reason_codes()
    for code in reason_codes() - NEVER_IN_AN_ANSWER:
        assert f"reason.{code}" in told
    for overall in Overall:
        assert f"verdict.{overall}" in told
        assert f"advice.{overall}" in told
        assert overall is Overall.REFUSED or f"headline.{overall}" in told
    for answer in Is:
        assert f"answer.{answer}" in told
    for name in findings._UNANSWERED:
        assert f"question.{name}" in told
        assert name == "freshness" or f"headline.refused-{name}" in told
    for state in answers.STATES:
        assert f"state.{state}" in told
        assert f"headline.refused-{state}" in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_on_a_document_or_cargo_and_every_reason_has_words(language: Language) -> None:
    told = words(language).messages
    for kind in Kind:
        assert kind >= Kind.FORMATION or f"act.{slug(kind.name.replace('_', ' '))}" in told
    for reason in Reason:
        names = {slug(reason.words), slug(reason.name.replace("_", " "))}
        assert len(names) == 1  # the verifier's words and the trace's lead to one key
        assert f"why.{names.pop()}" in told


# -- sentences -----------------------------------------------------------------------------------------------------


def test_a_value_in_a_sentence_is_visible_and_keeps_its_own_direction() -> None:
    told = words("ur")("reason.ENTRY_IN_LOG", issuer="KAPW\u202eAUC", entry=7)
    assert isolated("KAPW⟨U+202E⟩AUC") in told
    assert "\u202e" not in told
    assert "7" in told


@pytest.mark.parametrize(
    ("number", "sentence"), [(1, "1 minute ago"), (2, "2 minutes ago"), (0, "0 minutes ago")]
)
def test_one_is_singular_and_every_other_number_plural(number: int, sentence: str) -> None:
    assert words("en").count("age.minute", number) == sentence


@pytest.mark.parametrize(("setting", "cookie", "accept", "language"), [
    pytest.param("ur", "en", "en", "ur", id="the-account-decides"),
    pytest.param("", "ur", "en", "ur", id="then-the-cookie"),
    pytest.param("", "", "de, ur-PK;q=0.8, en;q=0.5", "ur", id="then-the-browser"),
    pytest.param("", "", "en;q=0.2, ur;q=0.9", "ur", id="by-weight-not-order"),
    pytest.param("", "", "ur;q=0, en;q=0.1", "en", id="what-is-not-wanted-is-not-given"),
    pytest.param("", "", "fr", "en", id="else-the-default"),
    pytest.param("", "../../etc", "ur;q=x", "en", id="nonsense-is-nothing"),
])  # fmt: skip
def test_a_reader_gets_the_language_they_chose(
    setting: str, cookie: str, accept: str, language: Language
) -> None:
    assert choose_language(setting, cookie, accept) == language
