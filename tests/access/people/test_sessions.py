"""Sessions: for how long one counts, and what ends it. On SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from support.people import PASSWORD, add_person

from proxy.access.people.accounts import disable, enable, one_time_link, set_password, set_roles
from proxy.access.people.attempts import FREE, Attempts, TooManyAttempts
from proxy.access.people.roles import Role, all_roles
from proxy.access.people.sessions import Sessions, csrf_token, digest_of
from proxy.access.people.signing_in import SignIn, SignInRefused
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.staff.events import Event
from proxy.ledger.staff.people import PersonRecord


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(ledger: Ledger, clock: Clock) -> Sessions:
    return Sessions(ledger.sessions, idle=timedelta(minutes=60), longest=timedelta(hours=12), clock=clock)


def test_a_session_says_who_it_is_and_what_they_may(ledger: Ledger, sessions: Sessions) -> None:
    ada = add_person(ledger, Role.REVIEWER, tenant="acme")
    found = sessions.find(sessions.begin(ada, "password"))
    assert found is not None
    assert (found.person.id, found.person.tenant) == (ada.id, "acme")
    assert found.person.roles == {Role.REVIEWER, Role.VIEWER}


def test_a_session_ends_without_requests_and_after_hours_in_any_case(
    ledger: Ledger, sessions: Sessions, clock: Clock
) -> None:
    token = sessions.begin(add_person(ledger), "password")
    for _ in range(15):
        clock.now += timedelta(minutes=48)
        if clock.now - timedelta(hours=12) >= sessions.table.find(digest_of(token))[0].begun_at:  # type: ignore[index]
            break
        assert sessions.find(token) is not None
    assert sessions.find(token) is None
    idle = sessions.begin(add_person(ledger), "password")
    clock.now += timedelta(minutes=59)
    assert sessions.find(idle) is not None
    clock.now += timedelta(minutes=60)
    assert sessions.find(idle) is None


def test_a_new_sign_in_ends_the_session_that_the_browser_had(ledger: Ledger, sessions: Sessions) -> None:
    ada = add_person(ledger)
    before = sessions.begin(ada, "password")
    after = sessions.begin(ada, "password", ends=before)
    assert before != after
    assert sessions.find(before) is None
    assert sessions.find(after) is not None


def test_what_ends_sessions_ends_them_at_once(ledger: Ledger, sessions: Sessions) -> None:
    ada, bo = add_person(ledger), add_person(ledger)
    first, second, other = sessions.begin(ada, "x"), sessions.begin(ada, "x"), sessions.begin(bo, "x")
    sessions.end_all(ada.id, but=digest_of(second))
    assert (sessions.find(first), sessions.find(second) is None) == (None, False)
    set_password(ledger, ada, PASSWORD, by="ops")
    assert sessions.find(second) is None
    third = sessions.begin(ada, "x")
    disable(ledger, ada, by="ops")
    assert sessions.find(third) is None
    assert sessions.find(other) is not None


def test_roles_that_change_count_in_sessions_that_run(ledger: Ledger, sessions: Sessions) -> None:
    ada = add_person(ledger, Role.ADMIN)
    token = sessions.begin(ada, "x")
    set_roles(ledger, ada, [Role.VIEWER], by="ops")
    found = sessions.find(token)
    assert found is not None and found.person.roles == {Role.VIEWER}


def test_the_ledger_holds_no_token_and_no_password(ledger: Ledger, sessions: Sessions) -> None:
    ada = add_person(ledger, password=PASSWORD)
    token = sessions.begin(ada, "password")
    link = one_time_link(ledger, ada, "http://127.0.0.1:8080").rpartition("/")[2]
    with ledger._engine.connect() as connection:
        for table in ("people", "sessions", "sign_in_links"):
            rows = str(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert token not in rows and link not in rows and PASSWORD not in rows
            assert csrf_token(token) not in rows


def test_a_token_that_is_nothing_finds_nothing(sessions: Sessions) -> None:
    for token in ("", "x", "\x00", "\ud800", "' OR 1=1 --", "x" * 10_000):
        assert sessions.find(token) is None


def test_expired_sessions_are_removed_in_the_end(ledger: Ledger, sessions: Sessions, clock: Clock) -> None:
    ada = add_person(ledger)
    token = sessions.begin(ada, "x")
    clock.now += timedelta(days=40)
    sessions.begin(ada, "x")
    assert ledger.sessions.find(digest_of(token)) is None


def test_a_link_signs_in_once(ledger: Ledger) -> None:
    signing_in = SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures))
    ada = add_person(ledger)
    token = one_time_link(ledger, ada, "http://127.0.0.1:8080").rpartition("/")[2]
    assert signing_in.by_link(token).id == ada.id
    with pytest.raises(SignInRefused):
        signing_in.by_link(token)


def test_a_link_of_somebody_disabled_or_expired_signs_nobody_in(ledger: Ledger) -> None:
    signing_in = SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures))
    ada = add_person(ledger)
    ledger.sessions.add_link(digest_of("late"), ada.id, datetime.now(UTC) - timedelta(seconds=1))
    token = one_time_link(ledger, ada, "http://127.0.0.1:8080").rpartition("/")[2]
    disable(ledger, ada, by="ops")
    for link in ("late", token, "unknown"):
        with pytest.raises(SignInRefused):
            signing_in.by_link(link)


def link_of(ledger: Ledger, person: PersonRecord) -> str:
    return one_time_link(ledger, person, "http://127.0.0.1:8080").rpartition("/")[2]


def test_a_link_ends_where_sessions_do(ledger: Ledger, sessions: Sessions) -> None:
    """Who changes a password wants nobody else in; a link that somebody else has is a way in."""
    signing_in = SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures))
    ada, bo = add_person(ledger, password=PASSWORD), add_person(ledger)
    links = [link_of(ledger, ada)]
    of_bo = link_of(ledger, bo)
    set_password(ledger, ada, f"{PASSWORD} and a fifth", by="ops")
    links.append(link_of(ledger, ada))
    sessions.end_all(ada.id, sessions.begin(ada, "password"))  # "Sign out everywhere else"
    links.append(link_of(ledger, ada))
    disable(ledger, ada, by="ops")
    enable(ledger, ada, by="ops")
    for link in links:
        with pytest.raises(SignInRefused):
            signing_in.by_link(link)
    assert signing_in.by_link(of_bo).id == bo.id
    assert signing_in.by_link(link_of(ledger, ada)).id == ada.id


def test_a_password_signs_in_its_person_and_nobody_who_is_disabled(ledger: Ledger) -> None:
    signing_in = SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures))
    ada = add_person(ledger, email="ada@example.com", password=PASSWORD)
    add_person(ledger, email="by-provider@example.com")
    assert signing_in.by_password(" ADA@Example.com ", PASSWORD, "10.0.0.1").id == ada.id
    for email, password in (
        ("ada@example.com", PASSWORD + "!"),
        ("ada@example.com", ""),
        ("by-provider@example.com", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("\x00\ud800", PASSWORD),
    ):
        with pytest.raises(SignInRefused):
            signing_in.by_password(email, password, "10.0.0.1")
    disable(ledger, ada, by="ops")
    with pytest.raises(SignInRefused):
        signing_in.by_password("ada@example.com", PASSWORD, "10.0.0.2")


def test_a_hash_of_earlier_parameters_is_made_anew_at_a_sign_in(ledger: Ledger) -> None:
    from argon2 import PasswordHasher

    ada = add_person(ledger, email="ada@example.com")
    weaker = PasswordHasher(1, 8192, 1).hash(PASSWORD)
    ledger.people.change(ada.id, Event.REHASHED, by=ada.id, password_hash=weaker)
    SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures)).by_password(
        "ada@example.com", PASSWORD, "10.0.0.1"
    )
    kept = ledger.people.of_id(ada.id)
    assert kept is not None and "m=47104" in (kept.password_hash or "")


def test_an_address_is_one_persons(ledger: Ledger) -> None:
    add_person(ledger, email="ada@example.com", tenant="acme")
    with pytest.raises(LedgerError, match="already"):
        add_person(ledger, email="ada@example.com", tenant="globex")
    assert [one.tenant for one in ledger.people.listed("acme")] == ["acme"]
    assert ledger.people.listed("globex") == []


def test_a_role_that_nobody_knows_gives_nothing() -> None:
    assert all_roles(["owner-of-everything", ""]) == frozenset()


def test_whom_others_keep_from_signing_in_by_password_a_link_lets_in(ledger: Ledger) -> None:
    ada = add_person(ledger, email="ada@example.com", password=PASSWORD)
    signing_in = SignIn(ledger.people, ledger.sessions, Attempts(ledger.sign_in_failures))
    for number in range(FREE):
        with pytest.raises(SignInRefused):
            signing_in.by_password("ada@example.com", "not that one at all", f"10.0.{number}.1")
    with pytest.raises(TooManyAttempts):
        signing_in.by_password("ada@example.com", PASSWORD, "10.1.0.1")
    token = one_time_link(ledger, ada, "http://127.0.0.1:8080").rpartition("/")[2]
    assert signing_in.by_link(token).id == ada.id
