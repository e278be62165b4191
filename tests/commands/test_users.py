"""``cxai users``: who may sign in."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.command_line import Cxai, Ran, cxai

from proxy.access.people.passwords import is_right
from proxy.access.people.sessions import digest_of
from proxy.ledger.ledger import Ledger

__all__ = ["cxai"]

PASSWORD = "four quiet words in a row"


@pytest.fixture
def typed(cxai: Cxai, monkeypatch: pytest.MonkeyPatch) -> Cxai:
    """``cxai`` with a password on its stdin."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
        return cxai(*arguments)

    return run


def ledger_in(folder: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{folder / 'data' / 'cxai.db'}")


def test_the_first_admin_is_made_before_the_first_start(typed: Cxai, tmp_path: Path) -> None:
    made = typed("users", "create-admin", "Ada@Example.com", "--name", "Ada Example")
    assert (made.status, made.out) == (0, "ada@example.com may sign in at /console, as admin.\n")
    with ledger_in(tmp_path) as ledger:
        ada = ledger.people.of_email("ada@example.com")
    assert ada is not None and ada.roles == ("admin",)
    assert is_right(PASSWORD, ada.password_hash)


def test_people_are_listed_without_their_secrets(typed: Cxai) -> None:
    typed("users", "create-admin", "ada@example.com")
    typed(
        "users", "create", "bo@example.com", "--role", "reviewer", "--role", "policy-owner", "--no-password"
    )
    table = typed("users", "list")
    assert "ada@example.com" in table.out and "policy-owner reviewer" in table.out
    shown = typed("users", "list", "--json")
    assert "argon2" not in shown.out + table.out
    assert [(one["email"], one["password"]) for one in shown.json_lines()] == [
        ("ada@example.com", True),
        ("bo@example.com", False),
    ]
    assert typed("users", "list", "--json", "--tenant", "acme").json_lines() == []


def test_roles_a_password_and_the_right_to_sign_in_are_changed(typed: Cxai, tmp_path: Path) -> None:
    typed("users", "create", "bo@example.com", "--role", "viewer", "--no-password")
    assert typed("users", "roles", "bo@example.com", "reviewer", "lead").out.endswith("lead, reviewer.\n")
    assert typed("users", "set-password", "bo@example.com").status == 0
    assert typed("users", "disable", "bo@example.com").status == 0
    assert typed("users", "link", "bo@example.com").status == 2
    assert "disabled" in typed("users", "list").out
    assert typed("users", "enable", "bo@example.com").status == 0
    with ledger_in(tmp_path) as ledger:
        bo = ledger.people.of_email("bo@example.com")
    assert bo is not None and bo.disabled_at is None
    assert set(bo.roles) == {"reviewer", "lead"}
    assert is_right(PASSWORD, bo.password_hash)


def test_a_link_is_printed_once_and_kept_as_a_digest(typed: Cxai, tmp_path: Path) -> None:
    typed("users", "create-admin", "ada@example.com")
    printed = typed("users", "link", "ada@example.com").out.strip()
    assert printed.startswith("http://127.0.0.1:8080/console/sign-in/link/")
    with ledger_in(tmp_path) as ledger:
        token = printed.rpartition("/")[2]
        assert ledger.sessions.use_link(digest_of(token), datetime.now(UTC)) is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("create", "x@example.com", "--role", "reviwer"),
            'there is no role "reviwer"; did you mean "reviewer"?',
        ),
        (("create", "x@example.com", "--role", "viewer", "--tenant", "acme"), 'there is no tenant "acme"'),
        (("create", "no address", "--role", "viewer"), '"no address" is not an e-mail address'),
        (
            ("create", "ada@example.com", "--role", "viewer"),
            "there is somebody with the address ada@example.com",
        ),
        (("roles", "eda@example.com", "viewer"), 'did you mean "ada@example.com"?'),
        (("disable", "zz@other.org"), 'there is nobody with the address "zz@other.org"'),
    ],
)
def test_what_cannot_be_done_is_said(typed: Cxai, arguments: tuple[str, ...], said: str) -> None:
    typed("users", "create-admin", "ada@example.com")
    ran = typed("users", *arguments)
    assert ran.status == 2
    assert said in ran.err


def test_a_weak_password_makes_nobody(cxai: Cxai, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("password1234\n"))
    ran = cxai("users", "create-admin", "ada@example.com")
    assert ran.status == 2 and "tried first" in ran.err
    assert not (tmp_path / "data").exists()
