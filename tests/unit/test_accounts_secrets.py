"""Sessions and tokens: known by a hash only, each with an end, each for one network; and the operator's secret."""

import base64
import hashlib
import stat
import zlib
from pathlib import Path

import pytest

from sanad_api.accounts import CsrfRefused, operator
from sanad_api.accounts.sessions import ABSOLUTE, IDLE
from sanad_api.callers import Caller, Role
from sanad_node.datadir import DataDirectory
from sanad_testkit.people import ELSEWHERE, HERE, WORD, Register, register

__all__ = ["register"]


def test_no_secret_is_on_the_disk_in_clear(register: Register) -> None:
    register.person()
    signed_in = register.accounts.sign_in("rashida", WORD)
    token = register.client()
    kept = register.bytes()
    body = token.removeprefix("snd_")[:43]
    for secret in (WORD, signed_in.secret, token, body):
        for written in (secret.encode(), secret.encode("utf-16-le"), secret.encode().hex().encode()):
            assert written not in kept
    for random in (signed_in.secret, body):
        assert base64.urlsafe_b64decode(random + "=") not in kept
    for secret in (signed_in.secret, token):
        assert hashlib.sha256(secret.encode()).digest() in kept
    assert b"$argon2id$" in kept


def test_secrets_have_256_random_bits_and_are_never_the_same(register: Register) -> None:
    register.person()
    begun = [register.accounts.sign_in("rashida", WORD) for _ in range(8)]
    assert len({one.secret for one in begun}) == len({one.csrf for one in begun}) == 8
    assert all(len(base64.urlsafe_b64decode(one.secret + "=")) == 32 for one in begun)
    assert all(len(bytes.fromhex(one.csrf)) == 32 for one in begun)


# -- sessions ------------------------------------------------------------------------------------------------------


def asked(register: Register, secret: str) -> Caller | None:
    """Who holds the session, by what is on the disk and not by what is remembered."""
    return register.opened().caller_of_session(secret)


def test_a_session_ends_after_thirty_idle_minutes(register: Register) -> None:
    register.person()
    secret = register.accounts.sign_in("rashida", WORD).secret
    register.clock.now += IDLE - 1
    assert asked(register, secret) is not None
    register.clock.now += IDLE - 1
    assert asked(register, secret) is not None, "it was used meanwhile"
    register.clock.now += IDLE
    assert asked(register, secret) is None
    assert register.accounts.caller_of_session(secret) is None


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(register: Register) -> None:
    register.person()
    begun = register.accounts.sign_in("rashida", WORD)
    assert begun.expires_at == int(register.clock()) + ABSOLUTE
    for _ in range(ABSOLUTE // 600 - 1):
        register.clock.now += 600
        assert asked(register, begun.secret) is not None
    register.clock.now += 600
    assert asked(register, begun.secret) is None


def test_a_session_that_was_just_asked_for_ends_on_time_all_the_same(register: Register) -> None:
    register.person()
    secret = register.accounts.sign_in("rashida", WORD).secret
    assert register.accounts.caller_of_session(secret) is not None
    register.clock.now += IDLE
    assert register.accounts.caller_of_session(secret) is None


def test_sessions_that_lapsed_are_swept_when_the_next_one_begins(register: Register) -> None:
    register.person()
    for _ in range(3):
        register.accounts.sign_in("rashida", WORD)
    register.clock.now += IDLE
    register.accounts.sign_in("rashida", WORD)
    with register.office.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 1


def test_signing_out_ends_this_session_and_no_other(register: Register) -> None:
    register.person()
    accounts = register.accounts
    one, other = (accounts.sign_in("rashida", WORD).secret for _ in range(2))
    assert accounts.caller_of_session(one) is not None
    accounts.sign_out(one)
    accounts.sign_out("no session at all")
    assert accounts.caller_of_session(one) is None
    assert accounts.caller_of_session(other) is not None


def test_a_session_s_token_against_forged_requests_is_its_own(register: Register) -> None:
    register.person()
    accounts = register.accounts
    one, other = (accounts.sign_in("rashida", WORD) for _ in range(2))
    held = accounts.caller_of_session(one.secret)
    assert held is not None
    assert held.csrf == one.csrf
    accounts.check_csrf(held, one.csrf)
    for wrong in (other.csrf, one.csrf[:-1], one.csrf + "0", one.csrf.upper() + " ", "", "é", "\ud800"):
        with pytest.raises(CsrfRefused):
            accounts.check_csrf(held, wrong)
    for without in (Caller(7, "bridge", "CELL", frozenset({Role.ISSUER})), Caller(0, "", "", frozenset())):
        with pytest.raises(CsrfRefused):
            accounts.check_csrf(without, "")


def test_what_is_no_session_is_nobody_s(register: Register) -> None:
    register.person()
    secret = register.accounts.sign_in("rashida", WORD).secret
    for wrong in ("", secret[:-1], secret + "A", hashlib.sha256(secret.encode()).hexdigest(), "é" * 50):
        assert register.accounts.caller_of_session(wrong) is None


def test_who_is_shut_out_while_being_looked_up_is_not_remembered(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.person()
    accounts = register.accounts
    secret = accounts.sign_in("rashida", WORD).secret
    numbered = accounts._people.numbered

    def then_disabled(number: int) -> object:
        found = numbered(number)
        monkeypatch.undo()
        accounts.disable("rashida")
        return found

    monkeypatch.setattr(accounts._people, "numbered", then_disabled)
    accounts.caller_of_session(secret)
    assert accounts.caller_of_session(secret) is None


# -- tokens --------------------------------------------------------------------------------------------------------


def test_a_token_says_what_it_is_and_has_a_checksum(register: Register) -> None:
    token = register.client()
    body = token.removeprefix("snd_")[:43]
    assert token == f"snd_{body}{zlib.crc32(body.encode()):08x}"
    caller = register.accounts.caller_of_token(token)
    assert caller is not None
    assert (caller.name, caller.formation, caller.csrf) == ("bridge", "CELL", "")


def test_a_token_ends_on_time_even_if_it_was_just_used(register: Register) -> None:
    token = register.client(lifetime=60)
    register.clock.now += 59
    assert register.accounts.caller_of_token(token) is not None
    register.clock.now += 1
    assert register.accounts.caller_of_token(token) is None
    assert register.opened().caller_of_token(token) is None


def test_a_token_of_another_network_is_refused(register: Register) -> None:
    register.client()
    token = register.opened(ELSEWHERE).make_token("bridge", label="second", lifetime_seconds=3600)
    assert register.opened(ELSEWHERE).caller_of_token(token) is not None
    assert register.opened(HERE).caller_of_token(token) is None


def test_a_revoked_token_is_refused_at_once_and_another_is_not(register: Register) -> None:
    first = register.client(label="first")
    second = register.accounts.make_token("bridge", label="second", lifetime_seconds=3600)
    assert register.accounts.caller_of_token(first) is not None
    register.accounts.revoke_token("bridge", "first")
    assert register.accounts.caller_of_token(first) is None
    assert register.accounts.caller_of_token(second) is not None


def test_a_misspelt_token_is_not_looked_up(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    token = register.client()
    looked_up: list[bytes] = []

    def find(mark: bytes, _now: int) -> None:
        looked_up.append(mark)

    monkeypatch.setattr(register.accounts._tokens, "find", find)
    wrong = "A" if token[10] != "A" else "B"
    for text in (token[:10] + wrong + token[11:], token[:-1], token + "0", token.upper(), "", "snd_", "é"):
        assert register.accounts.caller_of_token(text) is None
    assert looked_up == []
    register.accounts.caller_of_token(token)
    assert looked_up == [hashlib.sha256(token.encode()).digest()]


# -- the operator --------------------------------------------------------------------------------------------------


def test_the_operator_s_token_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path)
    (tmp_path / "secrets").mkdir(mode=0o700)
    token = operator.operator_token(directory)
    file = tmp_path / "secrets/operator"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token == f"sndop_{file.read_text().strip()}"
    assert len(bytes.fromhex(token.removeprefix("sndop_"))) == 32
    assert operator.operator_token(DataDirectory(tmp_path)) == token
