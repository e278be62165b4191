"""Who was let in, with which roles and keys, and what people answered: told by events that are sealed.

Whoever gives himself a role, a password or a key behind the program's back is named.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from support.customers import case
from support.people import PASSWORD, add_person

from proxy.access.keys import new_key, successor_of
from proxy.access.people.accounts import disable, enable, set_password, set_roles
from proxy.access.people.roles import Role
from proxy.ledger.audit.finding import Wrong
from proxy.ledger.database import WRITES
from proxy.ledger.desk.records import NewAnswer
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import ApiKey
from proxy.ledger.staff.people import PersonRecord

NOW = datetime.now(UTC)


@pytest.fixture
def ada(ledger: Ledger) -> PersonRecord:
    return add_person(ledger, Role.VIEWER, email="ada@example.com")


@pytest.fixture
def key(ledger: Ledger) -> ApiKey:
    return ledger.api_keys.add(new_key("website")[1], by="ops")


def behind_the_back(ledger: Ledger, statement: str) -> None:
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text(statement))


def told(ledger: Ledger) -> list[tuple[str, str, str]]:
    """Event, subject and actor, in the order in which it was done."""
    return [(one.event, one.subject, one.actor) for one in ledger.staff_events.listed()][::-1]


def findings(ledger: Ledger) -> list[tuple[Wrong, str | None, str | None]]:
    return [(one.wrong, one.table, one.key) for one in ledger.audit.verify().findings]


def test_what_is_done_about_a_person_is_told_with_who_did_it(ledger: Ledger, ada: PersonRecord) -> None:
    set_roles(ledger, ada, [Role.LEAD], by="bo")
    set_password(ledger, ada, PASSWORD, by="bo")
    disable(ledger, ada, by="cy")
    enable(ledger, ada, by="bo")
    assert told(ledger) == [
        ("created", ada.id, "ops"),
        ("roles", ada.id, "bo"),
        ("password", ada.id, "bo"),
        ("disabled", ada.id, "cy"),
        ("enabled", ada.id, "bo"),
    ]
    states = [one.state for one in ledger.staff_events.listed()][::-1]
    assert [one["roles"] for one in states[:2]] == [["viewer"], ["lead"]]
    assert [one["disabled"] for one in states[2:]] == [False, True, False]
    assert PASSWORD not in str(states) and "argon2" not in str(states)


def test_what_is_done_about_keys_is_told_with_who_did_it(ledger: Ledger, key: ApiKey) -> None:
    new = new_key("")[1]
    ledger.api_keys.rotate(key.prefix, lambda old: successor_of(old, new), NOW, by="bo")
    ledger.api_keys.revoke(new.prefix, NOW, by="cy")
    ledger.api_keys.used({key.prefix: NOW})  # nobody's decision
    assert told(ledger) == [
        ("created", key.prefix, "ops"),
        ("created", new.prefix, "bo"),
        ("rotated", key.prefix, "bo"),
        ("revoked", new.prefix, "cy"),
    ]
    assert ledger.staff_events.listed()[2].state["replaces"] == key.prefix


def test_what_changes_nothing_is_no_event(ledger: Ledger, ada: PersonRecord, key: ApiKey) -> None:
    set_roles(ledger, ada, [Role.VIEWER], by="bo")
    ledger.api_keys.revoke(key.prefix, NOW, by="bo")
    ledger.api_keys.revoke(key.prefix, NOW, by="bo")
    assert [event for event, _, _ in told(ledger)] == ["created", "created", "revoked"]


def test_the_events_of_people_and_keys_are_sealed_and_verify(
    ledger: Ledger, ada: PersonRecord, key: ApiKey
) -> None:
    set_roles(ledger, ada, [Role.LEAD, Role.POLICY_OWNER], by="bo")
    disable(ledger, ada, by="bo")
    ledger.api_keys.rotate(key.prefix, lambda old: successor_of(old, new_key("")[1]), NOW, by="bo")
    assert ledger.audit.seal() == 6
    assert ledger.audit.verify().findings == []
    assert {one.actor for one in ledger.audit.newest_entries(table="staff_events")} == {"ops", "bo"}


@pytest.mark.parametrize(
    "change",
    [
        """roles = '["admin"]'""",
        "password_hash = 'one of my own'",
        "disabled_at = NULL",
        "issuer = 'https://login.example', subject = 'me'",
        "email = 'me@example.com'",
        "tenant = 'acme'",
    ],
)
def test_a_right_that_somebody_gave_himself_is_found(ledger: Ledger, ada: PersonRecord, change: str) -> None:
    disable(ledger, ada, by="bo")
    behind_the_back(ledger, f"UPDATE people SET {change}")
    assert findings(ledger) == [(Wrong.CHANGED, "people", ada.id)]


def test_it_is_still_found_after_a_rightful_change(ledger: Ledger, ada: PersonRecord) -> None:
    behind_the_back(ledger, """UPDATE people SET roles = '["admin"]'""")
    set_password(ledger, ada, PASSWORD, by=ada.id)
    (found,) = ledger.audit.verify().findings
    assert (found.wrong, found.key) == (Wrong.CHANGED, ada.id)
    assert 'roles had changed before event 2 ("password")' in found.text


@pytest.mark.parametrize(
    "change",
    [
        """scopes = '["policies:staff"]'""",
        "digest = 'of a key of my own'",
        "revoked_at = NULL",
        "requests_per_minute = 100000",
    ],
)
def test_a_key_that_opens_more_than_it_was_given_is_found(ledger: Ledger, key: ApiKey, change: str) -> None:
    ledger.api_keys.revoke(key.prefix, NOW, by="bo")
    behind_the_back(ledger, f"UPDATE api_keys SET {change}")
    assert findings(ledger) == [(Wrong.CHANGED, "api_keys", key.prefix)]


def test_a_person_and_a_key_that_nobody_has_made_are_found(
    ledger: Ledger, ada: PersonRecord, key: ApiKey
) -> None:
    behind_the_back(ledger, "UPDATE people SET id = 'per_me'")
    behind_the_back(ledger, "UPDATE api_keys SET prefix = 'mine0000'")
    assert sorted(findings(ledger)) == [
        (Wrong.ADDED, "api_keys", "mine0000"),
        (Wrong.ADDED, "people", "per_me"),
        (Wrong.MISSING, "api_keys", key.prefix),
        (Wrong.MISSING, "people", ada.id),
    ]


def answered(ledger: Ledger, answer: NewAnswer) -> None:
    ledger.escalate(case("CX-1"))
    ledger.desk.claim("CX-1", actor="ana")
    ledger.desk.answer("CX-1", answer, actor="ana", name="Ana")


def test_what_a_person_answered_is_told_and_sealed(ledger: Ledger) -> None:
    answered(ledger, NewAnswer("You have 30 days.", verified=False, override_reason="the tariff is newer"))
    (event,) = ledger.staff_events.listed()
    assert (event.kind, event.event, event.actor, event.ref) == ("answer", "sent", "ana", "CX-1")
    assert event.state["text"] == "You have 30 days."
    assert (event.state["verified"], event.state["override_reason"]) == (False, "the tariff is newer")
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []


def test_of_an_answer_no_more_is_told_than_texts_are_kept(tmp_path: object) -> None:
    for level, kept in (("masked", "Write to [email••••••••]."), ("none", None)):
        with Ledger.open(f"sqlite:///{tmp_path}/{level}.db", store_text=level) as ledger:
            answered(ledger, NewAnswer("Write to ana@example.com.", verified=True))
            assert ledger.staff_events.listed()[0].state["text"] == kept


def test_an_answer_of_an_erased_customer_is_removed_by_rule(ledger: Ledger) -> None:
    answered(ledger, NewAnswer("Dear Ms Moffatt, you have 30 days.", verified=True))
    ledger.audit.seal()
    ledger.customers.erase("default", "c-4711")
    assert ledger.staff_events.listed() == []
    found = ledger.audit.verify()
    assert found.findings == [] and found.removed["erasure"] == 4  # the case, its two events, the answer
    ledger.audit.seal()
    assert ledger.audit.verify().findings == []


def test_people_and_keys_from_before_there_were_events_are_told_of(tableless_url: str) -> None:
    from alembic import command

    from proxy.ledger.database import connect
    from proxy.ledger.database import ledger_url as parsed
    from proxy.ledger.migrations import _config
    from proxy.ledger.rows import api_key_row
    from proxy.ledger.schema import api_keys, people

    key = new_key("website", expires_at=NOW + timedelta(days=9))[1]
    bo = {"id": "per_bo", "tenant": "default", "email": "bo@example.com", "name": "Bo", "roles": ["admin"]}
    engine = connect(parsed(tableless_url))
    with engine.execution_options(**{WRITES: True}).begin() as connection:
        command.upgrade(_config(connection), "r0013")
        connection.execute(people.insert(), {**bo, "created_at": NOW, "disabled_at": NOW})
        connection.execute(api_keys.insert(), api_key_row(key))
    engine.dispose()
    with Ledger.open(tableless_url) as ledger:
        assert told(ledger) == [("found", "per_bo", "cxai"), ("found", key.prefix, "cxai")]
        assert ledger.audit.seal() == 2
        assert ledger.audit.verify().findings == []
        behind_the_back(ledger, "UPDATE people SET disabled_at = NULL")
        assert findings(ledger) == [(Wrong.CHANGED, "people", "per_bo")]
