"""People and service clients: who may be added, and what ends when somebody is shut out."""

import pytest
from sqlalchemy import select

from sanad_api.accounts import (
    LifetimeInvalid,
    NameInvalid,
    PasswordTooShort,
    RoleInvalid,
    RolesMissing,
    SignInRefused,
    TokenExists,
    TokenUnknown,
    UnknownUser,
    UserDisabled,
    UserExists,
    passwords,
)
from sanad_api.callers import Role
from sanad_node.store.service_tables import users
from sanad_testkit.people import WORD, Register, register

__all__ = ["register"]
NEW = "another password of words"


def test_somebody_is_who_was_added(register: Register) -> None:
    register.accounts.add(
        "rashida", roles=["issuer", Role.SQUAD], formation="CELL", password=WORD, language="ur"
    )
    user = register.accounts.user("rashida")
    assert (user.name, user.kind, user.formation, user.language) == ("rashida", "person", "CELL", "ur")
    assert user.roles == {Role.ISSUER, Role.SQUAD}
    assert (user.created_at, user.disabled_at) == (int(register.clock()), 0)
    caller = register.accounts.sign_in("rashida", WORD).caller
    assert (caller.user, caller.formation, caller.roles) == (user.id, "CELL", user.roles)


@pytest.mark.parametrize("name", ["", "Rashida", "r ashida", "r/a", "رشیدہ", "r\n", "r" * 65, "r\x00"])
def test_a_name_of_other_characters_is_refused(name: str, register: Register) -> None:
    with pytest.raises(NameInvalid):
        register.accounts.add(name, roles=["auditor"], password=WORD)
    assert register.accounts.users() == []


def test_two_cannot_have_one_name(register: Register) -> None:
    register.person()
    with pytest.raises(UserExists):
        register.accounts.add("rashida", kind="client", roles=["admin"])
    assert [user.roles for user in register.accounts.users()] == [{Role.ISSUER}]


def test_a_role_must_exist_and_there_must_be_one(register: Register) -> None:
    with pytest.raises(RoleInvalid) as refused:
        register.accounts.add("a", roles=["issuer", "king"], formation="CELL", password=WORD)
    assert refused.value.field == "roles"
    with pytest.raises(RolesMissing):
        register.accounts.add("a", roles=[], formation="CELL", password=WORD)


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_who_acts_for_an_office_belongs_to_one(role: Role, register: Register) -> None:
    if role in {Role.AUDITOR, Role.ADMIN}:
        register.accounts.add("a", roles=[role], password=WORD)
        assert register.accounts.user("a").formation == ""
        return
    with pytest.raises(RoleInvalid) as refused:
        register.accounts.add("a", roles=[role], password=WORD)
    assert refused.value.field == "formation"


def test_a_person_needs_a_password_and_a_client_cannot_have_one(register: Register) -> None:
    with pytest.raises(PasswordTooShort):
        register.accounts.add("a", roles=["admin"])
    register.client()
    with pytest.raises(UserDisabled) as refused:
        register.accounts.set_password("bridge", WORD)
    assert refused.value.code == "NO_PASSWORD"
    for password in ("", WORD):
        with pytest.raises(SignInRefused):
            register.accounts.sign_in("bridge", password)


def test_nobody_cannot_be_changed(register: Register) -> None:
    for change in (register.accounts.disable, register.accounts.enable):
        with pytest.raises(UnknownUser):
            change("nobody")
    with pytest.raises(UnknownUser):
        register.accounts.set_password("nobody", WORD)
    with pytest.raises(UnknownUser):
        register.accounts.make_token("nobody", label="x", lifetime_seconds=60)


def test_who_is_disabled_loses_sessions_and_tokens_at_once_and_for_good(register: Register) -> None:
    accounts = register.accounts
    register.person()
    register.person("salma")
    token = accounts.make_token("rashida", label="x", lifetime_seconds=3600)
    session, other = accounts.sign_in("rashida", WORD).secret, accounts.sign_in("salma", WORD).secret
    assert accounts.caller_of_session(session) is not None
    assert accounts.caller_of_token(token) is not None
    accounts.disable("rashida")
    assert accounts.user("rashida").disabled_at == int(register.clock())
    assert accounts.caller_of_session(session) is None
    assert accounts.caller_of_token(token) is None
    assert accounts.caller_of_session(other) is not None
    with pytest.raises(SignInRefused):
        accounts.sign_in("rashida", WORD)
    with pytest.raises(UserDisabled):
        accounts.make_token("rashida", label="y", lifetime_seconds=3600)
    accounts.enable("rashida")
    assert accounts.caller_of_session(session) is None
    assert accounts.caller_of_token(token) is None
    assert accounts.caller_of_session(accounts.sign_in("rashida", WORD).secret) is not None


def test_the_moment_somebody_was_first_disabled_stays(register: Register) -> None:
    register.person()
    register.accounts.disable("rashida")
    first = register.accounts.user("rashida").disabled_at
    register.clock.now += 60
    register.accounts.disable("rashida")
    assert register.accounts.user("rashida").disabled_at == first


def test_a_new_password_ends_sessions_and_the_old_password(register: Register) -> None:
    accounts = register.accounts
    register.person()
    session = accounts.sign_in("rashida", WORD).secret
    assert accounts.caller_of_session(session) is not None
    accounts.set_password("rashida", NEW)
    assert accounts.caller_of_session(session) is None
    with pytest.raises(SignInRefused):
        accounts.sign_in("rashida", WORD)
    accounts.sign_in("rashida", NEW)


def test_what_was_wrong_about_signing_in_is_not_told_and_costs_the_same(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.person()
    register.client()
    register.person("salma")
    register.accounts.disable("salma")
    checked: list[str] = []
    matches = passwords.matches

    def watched(encoded: str | None, password: str) -> bool:
        checked.append(password)
        return matches(encoded, password)

    monkeypatch.setattr(passwords, "matches", watched)
    told = set()
    wrong = [
        ("rashida", "wrong"),
        ("nobody", WORD),
        ("NO NAME", WORD),
        ("", ""),
        ("bridge", WORD),
        ("salma", WORD),
    ]
    for name, password in wrong:
        with pytest.raises(SignInRefused) as refused:
            register.accounts.sign_in(name, password)
        told.add((refused.value.code, refused.value.field, refused.value.message))
    assert len(told) == 1
    assert checked == [password for _, password in wrong], "a hash is computed once in each case"


def test_a_password_hashed_by_older_parameters_is_hashed_anew_when_it_is_next_typed_rightly(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.person()
    old = hash_of(register)
    stronger = type(passwords.HASHER)(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", stronger)
    with pytest.raises(SignInRefused):
        register.accounts.sign_in("rashida", "wrong")
    assert hash_of(register) == old
    register.accounts.sign_in("rashida", WORD)
    new = hash_of(register)
    assert "$m=16,t=2,p=1$" in new
    register.accounts.sign_in("rashida", WORD)
    assert hash_of(register) == new


def hash_of(register: Register, name: str = "rashida") -> str:
    with register.office.connect() as connection:
        row = connection.execute(select(users.c.password).where(users.c.name == name)).one()
    return str(row[0])


@pytest.mark.parametrize("meanwhile", ["disabled", "another password"])
@pytest.mark.parametrize("stale", [False, True], ids=["hashed-today", "hashed-long-ago"])
def test_who_is_shut_out_while_the_password_is_checked_does_not_get_in(
    meanwhile: str, stale: bool, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = register.accounts
    register.person()
    matches = passwords.matches

    def then_shut_out(encoded: str | None, password: str) -> bool:
        right = matches(encoded, password)
        monkeypatch.setattr(passwords, "matches", matches)
        if meanwhile == "disabled":
            accounts.disable("rashida")
        else:
            accounts.set_password("rashida", NEW)
        return right

    monkeypatch.setattr(passwords, "matches", then_shut_out)
    monkeypatch.setattr(passwords, "needs_rehash", lambda _: stale)
    with pytest.raises(SignInRefused):
        accounts.sign_in("rashida", WORD)
    accounts.enable("rashida")
    accounts.sign_in("rashida", WORD if meanwhile == "disabled" else NEW)
    if meanwhile != "disabled":
        with pytest.raises(SignInRefused):
            accounts.sign_in("rashida", WORD)


def test_a_token_is_for_one_label_at_a_time_and_lives_between_a_minute_and_366_days(
    register: Register,
) -> None:
    accounts = register.accounts
    register.client(label="first")
    with pytest.raises(TokenExists):
        accounts.make_token("bridge", label="first", lifetime_seconds=60)
    for lifetime in (59, 0, -1, 366 * 86400 + 1):
        with pytest.raises(LifetimeInvalid):
            accounts.make_token("bridge", label="second", lifetime_seconds=lifetime)
    for label in ("", "x" * 65, "a\nb"):
        with pytest.raises(LifetimeInvalid) as refused:
            accounts.make_token("bridge", label=label, lifetime_seconds=60)
        assert (refused.value.code, refused.value.field) == ("LABEL_INVALID", "label")
    accounts.revoke_token("bridge", "first")
    with pytest.raises(TokenUnknown):
        accounts.revoke_token("bridge", "first")
    accounts.make_token("bridge", label="first", lifetime_seconds=366 * 86400)
    assert sorted((one.label, bool(one.revoked_at)) for one in accounts.tokens("bridge")) == [
        ("first", False), ("first", True),
    ]  # fmt: skip
