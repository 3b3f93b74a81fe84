"""Reading what is taken on trust: members of the right type and form, and where one is not (a JSON pointer)."""

import re
from collections.abc import Iterator
from typing import Any, TypeVar

from sanad_verifier.errors import InputError
from sanad_verifier.notes import KeyInvalid, VerifierKey


class TrustInvalid(InputError):
    """The trust file is not one, or of a version this verifier does not know; `field` points to what is
    wrong.
    """

    code = "TRUST_INVALID"


T = TypeVar("T", str, int, bool, list[Any], dict[str, Any])
K = TypeVar("K", str, int)


class JsonReader:
    """Takes members out of a JSON object, and says where one is not what it should be."""

    def __init__(self, told: Any, pointer: str) -> None:
        if type(told) is not dict:
            raise TrustInvalid("this is not an object", field=pointer)
        self._told: dict[str, Any] = told
        self._pointer = pointer

    def _take(self, name: str, kind: type[T]) -> T:
        if type(self._told.get(name)) is not kind:
            raise TrustInvalid("a member is missing or of the wrong type", field=self.at(name))
        value: T = self._told[name]
        return value

    def at(self, name: str) -> str:
        return f"{self._pointer}/{name}"

    def has(self, name: str) -> bool:
        return name in self._told

    def text(self, name: str, pattern: str) -> str:
        value = self._take(name, str)
        if not re.fullmatch(pattern, value):
            raise TrustInvalid("a text has not the form it should have", field=self.at(name))
        return value

    def number(self, name: str, least: int, most: int = 2**53 - 1) -> int:
        value = self._take(name, int)
        if not least <= value <= most:
            raise TrustInvalid("a number is out of range", field=self.at(name))
        return value

    def numbers(self, name: str, least: int, most: int) -> list[int]:
        """A list of numbers within bounds."""
        found = self._take(name, list)
        if not all(type(one) is int and least <= one <= most for one in found):
            raise TrustInvalid("a number is out of range", field=self.at(name))
        return found

    def pairs(self, name: str, kind: type[K]) -> list[tuple[K, int]]:
        """A list of pairs: something of a kind, and a number."""
        found = self._take(name, list)
        if not all(type(one) is list and [type(part) for part in one] == [kind, int] for one in found):
            raise TrustInvalid("a pair has not the form it should have", field=self.at(name))
        return [(first, second) for first, second in found]

    def boolean(self, name: str) -> bool:
        return self._take(name, bool)

    def object(self, name: str) -> "JsonReader":
        return JsonReader(self._take(name, dict), self.at(name))

    def objects(self, name: str) -> Iterator["JsonReader"]:
        for place, element in enumerate(self._take(name, list)):
            yield JsonReader(element, f"{self.at(name)}/{place}")

    def keys(self, name: str, algorithm: int) -> tuple[VerifierKey, ...]:
        found = []
        for place, text in enumerate(self._take(name, list)):
            where = f"{self.at(name)}/{place}"
            if type(text) is not str:
                raise TrustInvalid("a key is written as text", field=where)
            try:
                key = VerifierKey.parse(text)
            except KeyInvalid as error:
                raise TrustInvalid(error.message, field=where) from error
            if key.algorithm != algorithm:
                raise TrustInvalid("a key is of the wrong kind for its purpose", field=where)
            found.append(key)
        return tuple(found)

    def texts(self, name: str, pattern: str) -> list[str]:
        """A list of texts of one form."""
        found = self._take(name, list)
        if not all(type(text) is str and re.fullmatch(pattern, text) for text in found):
            raise TrustInvalid("a text has not the form it should have", field=self.at(name))
        return found

    def names(self, pattern: str) -> list[str]:
        """The names of all members; one of another form is not repeated in the error."""
        if not all(re.fullmatch(pattern, name) for name in self._told):
            raise TrustInvalid("a name has not the form it should have", field=self._pointer)
        return list(self._told)
