"""Passwords: Argon2id with parameters that a recommendation names, the same work whoever is asked for, bounds."""

import itertools
import threading
import unicodedata

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from sanad_api.accounts import PasswordsBusy, PasswordTooLong, PasswordTooShort, passwords

WORD = "a password of many words"
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Counting:
    """The hasher, which counts what it is asked to verify."""

    def __init__(self, inner: PasswordHasher) -> None:
        self.inner = inner
        self.verified: list[tuple[str, str]] = []

    def verify(self, encoded: str, password: str) -> bool:
        self.verified.append((encoded, password))
        return self.inner.verify(encoded, password)

    def hash(self, password: str) -> str:
        return self.inner.hash(password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting(passwords.HASHER)
    monkeypatch.setattr(passwords, "HASHER", counting)
    return counting


def test_a_hash_is_argon2id_with_19_mib_and_two_passes_and_a_salt_of_its_own() -> None:
    one, other = passwords.hash_password(WORD), passwords.hash_password(WORD)
    used = extract_parameters(one)
    assert (used.type, used.version) == (Type.ID, 19)
    assert (used.memory_cost, used.time_cost, used.parallelism) == (19 * 1024, 2, 1)
    assert used.salt_len >= 16
    assert used.hash_len >= 32
    assert one != other
    assert WORD not in one


def test_the_password_that_was_hashed_matches_and_one_that_differs_by_a_letter_does_not() -> None:
    encoded = passwords.hash_password(WORD)
    assert passwords.matches(encoded, WORD)
    for wrong in (WORD + " ", WORD[:-1], WORD.upper(), ""):
        assert not passwords.matches(encoded, wrong), wrong


def test_letters_may_be_composed_either_way() -> None:
    composed = unicodedata.normalize("NFC", "pässwörd of many words")
    taken_apart = unicodedata.normalize("NFD", composed)
    assert composed != taken_apart
    assert passwords.matches(passwords.hash_password(taken_apart), composed)


def test_a_password_has_12_to_1024_characters() -> None:
    for length in (0, 11):
        with pytest.raises(PasswordTooShort):
            passwords.hash_password("x" * length)
    with pytest.raises(PasswordTooLong):
        passwords.hash_password("x" * 1025)
    for length in (12, 1024):
        assert passwords.matches(passwords.hash_password("x" * length), "x" * length)


def test_a_longer_text_that_begins_with_the_longest_password_is_another() -> None:
    encoded = passwords.hash_password("x" * 1024)
    assert not passwords.matches(encoded, "x" * 1025)
    assert not passwords.matches(encoded, "x" * 100_000)


@pytest.mark.parametrize("encoded", ["", None], ids=["a-client", "nobody"])
def test_as_much_is_hashed_for_nobody_as_for_somebody(encoded: str | None, hasher: Counting) -> None:
    somebody = passwords.hash_password(WORD)
    assert passwords.matches(somebody, WORD)
    assert not passwords.matches(encoded, WORD)
    assert len(hasher.verified) == 2
    parameters = [extract_parameters(asked) for asked, _ in hasher.verified]
    assert parameters[0] == parameters[1]
    assert not passwords.matches(encoded, "nobody has this password"), (
        "the stand-in's own password opens nothing"
    )


def test_a_text_of_a_megabyte_costs_no_more_than_the_longest_password(hasher: Counting) -> None:
    assert not passwords.matches(passwords.hash_password(WORD), "x" * (1 << 20))
    assert [len(text) for _, text in hasher.verified] == [1024]


def test_what_is_no_hash_and_what_is_no_text_match_nothing() -> None:
    assert not passwords.matches("no hash", WORD)
    assert not passwords.matches(passwords.hash_password(WORD), "\ud800" * 20)


def test_a_hash_of_other_parameters_is_to_be_made_anew_and_one_of_today_is_not() -> None:
    assert passwords.needs_rehash(WEAK.hash(WORD))
    assert not passwords.needs_rehash(passwords.hash_password(WORD))


def test_only_two_passwords_are_hashed_at_once_and_who_waits_too_long_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    started, go_on = threading.Semaphore(0), threading.Event()
    numbers = itertools.count()

    class Slow:
        def hash(self, _password: str) -> str:
            started.release()
            assert go_on.wait(30)
            return str(next(numbers))

    monkeypatch.setattr(passwords, "HASHER", Slow())
    hashing = [threading.Thread(target=passwords.hash_password, args=(WORD,)) for _ in range(2)]
    for one in hashing:
        one.start()
    for _ in hashing:
        assert started.acquire(timeout=30)
    with pytest.raises(PasswordsBusy):
        passwords.hash_password(WORD)
    go_on.set()
    for one in hashing:
        one.join(30)
    passwords.hash_password(WORD)
    assert next(numbers) == 3
