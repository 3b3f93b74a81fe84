"""What the pages say, in English and Urdu: catalogues of flat keys with simple {placeholders}.

A value that is put into a sentence is made visible (`plain`) and isolated, so that a name read from a document
can neither hide characters nor turn the sentence around it. Which language somebody reads is decided here too.

`words/en.json` and `words/ur.json` hold the messages; a large area may keep its own in `words/AREA.en.json` and
`words/AREA.ur.json`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from sanad_api.pages.text import isolated, plain

Language = Literal["en", "ur"]
LANGUAGES: tuple[Language, ...] = ("en", "ur")
DIRECTIONS: Mapping[Language, str] = MappingProxyType({"en": "ltr", "ur": "rtl"})
COOKIE = "lang"
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


class CatalogueWrong(ValueError):
    """A catalogue of the installation says a key twice, or something that is no text."""


@dataclass(frozen=True, slots=True)
class Words:
    """The messages of one language. `words(key, name=value)` is a sentence."""

    language: Language
    messages: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The message of a key that must exist, with its placeholders filled in."""
        return filled(self.messages[key], values)

    def of(self, family: str, code: str, /, **values: object) -> str:
        """The message `family.code`; a code that has no words in this version stands for itself."""
        return self.known(f"{family}.{code}", code, **values)

    def known(self, key: str, otherwise: object, /, **values: object) -> str:
        """The message of a key that may not exist, or what is to be said where it does not."""
        message = self.messages.get(key)
        return plain(otherwise) if message is None else filled(message, values)

    def count(self, key: str, number: int, **values: object) -> str:
        """`key.one` for exactly one, `key.other` for any other number, which is its {n}."""
        return self(f"{key}.one" if number == 1 else f"{key}.other", n=number, **values)

    def some(self, *beginnings: str) -> dict[str, str]:
        """The messages whose keys begin so, for a script that makes sentences in the browser."""
        return {key: text for key, text in self.messages.items() if key.startswith(beginnings)}

    @property
    def direction(self) -> str:
        return DIRECTIONS[self.language]


def filled(message: str, values: Mapping[str, object]) -> str:
    """A message with its placeholders filled in; one that has no value is a fault of the template."""
    return PLACEHOLDER.sub(lambda found: _shown(values[found[1]]), message)


def _shown(value: object) -> str:
    return str(value) if isinstance(value, int) else isolated(plain(value))


@cache
def words(language: Language) -> Words:
    """The words of a language, read once."""
    folder = files("sanad_api.pages") / "words"
    gathered: dict[str, str] = {}
    names = sorted(
        entry.name for entry in folder.iterdir() if entry.name.split(".")[-2:] == [language, "json"]
    )
    for name in names:
        for key, text in json.loads((folder / name).read_text("utf-8"), object_pairs_hook=_once).items():
            if key in gathered or not isinstance(text, str):
                raise CatalogueWrong(f"{name}: {key}")
            gathered[key] = text
    return Words(language, MappingProxyType(gathered))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise CatalogueWrong("a key is there twice")
    return told


# -- which language ------------------------------------------------------------------------------------------------


def choose_language(
    setting: str = "", cookie: str = "", accept: str = "", default: Language = "en"
) -> Language:
    """The language somebody reads: what their account says, else their cookie, else what their browser asks for."""
    for told in (setting, cookie):
        if told in LANGUAGES:
            return told
    return _accepted(accept) or default


def _accepted(header: str) -> Language | None:
    """The language of ours that an Accept-Language header likes best; None if it names none."""
    best: tuple[float, Language] | None = None
    for part in header[:512].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().partition("-")[0].lower()
        weight = _weight(parameters)
        if language in LANGUAGES and weight > 0 and (best is None or weight > best[0]):
            best = (weight, language)
    return None if best is None else best[1]


def _weight(parameters: str) -> float:
    found = re.fullmatch(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", parameters)
    return float(found[1]) if found else 1.0 if not parameters.strip() else 0.0
