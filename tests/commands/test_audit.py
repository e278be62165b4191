"""``cxai audit``: what people and schedules run."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import pytest
from conftest import StartProxy
from sqlalchemy import text
from support.audit_rows import a_bit_of_everything
from support.command_line import Cxai, cxai
from support.waiting import until

from proxy.ledger.audit.sealed import SEALED
from proxy.ledger.database import WRITES
from proxy.ledger.ledger import Ledger

__all__ = ["cxai"]
ROWS = len(SEALED) - 1  # one in each table; nothing was removed


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'data' / 'cxai.db'}")
    a_bit_of_everything(ledger)
    return ledger


def change(ledger: Ledger, statement: str) -> None:
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("DROP TRIGGER decisions_append_only"))
        connection.execute(text(statement))


def test_a_good_log_is_said_to_be_good(cxai: Cxai, ledger: Ledger) -> None:
    head = json.loads(cxai("audit", "head").out)
    assert (head["batch"], head["entries"]) == (1, ROWS)
    ran = cxai("audit", "verify")
    assert ran.status == 0, ran.err
    assert f"{ROWS} sealed rows in 1 batches: {ROWS} are there; 0 wait to be sealed." in ran.out
    assert "Compared with 1 exported head" in ran.out and "Nothing is wrong." in ran.out


def test_a_changed_row_is_named_and_the_status_says_so(cxai: Cxai, ledger: Ledger) -> None:
    cxai("audit", "head")
    change(ledger, "UPDATE decisions SET decision = 'escalate'")
    ran = cxai("audit", "verify")
    assert ran.status == 1
    assert "changed: decisions r1, entry" in ran.out and "1 finding." in ran.out
    (found,) = cxai("audit", "verify", "--json").json_lines()
    assert (found["wrong"], found["table"], found["key"]) == ("changed", "decisions", "r1")


def test_heads_that_are_kept_elsewhere_are_compared_with(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text(cxai("audit", "head").out)
    key = cxai("audit", "key").out.strip()
    (tmp_path / "data" / "audit" / "signing_key.pem").unlink()
    assert cxai("audit", "verify", "--heads", str(elsewhere), "--public-key", key).status == 0
    assert "not trusted" in cxai("audit", "verify", "--heads", str(elsewhere)).out


def test_without_heads_it_is_said_that_a_cut_tail_would_not_show(cxai: Cxai, ledger: Ledger) -> None:
    ran = cxai("audit", "verify")
    assert ran.status == 0
    assert "a tail that was cut off would not show" in ran.out
    assert f"{ROWS} rows wait: is a proxy running?" in ran.out


def test_an_export_says_what_it_holds(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    ran = cxai("audit", "export", "out")
    assert (
        f"out holds {ROWS} sealed rows, signed for the public key {cxai('audit', 'key').out.strip()}"
        in ran.out
    )
    again = cxai("audit", "export", "out")
    assert again.status == 2 and "out is not empty" in again.err


def test_a_row_is_found_in_the_log_and_it_is_said_how_it_stands(cxai: Cxai, ledger: Ledger) -> None:
    cxai("audit", "head")
    (found,) = cxai("audit", "explain", "r1", "--json").json_lines()
    assert (found["table"], found["key"], found["as_sealed"]) == ("decisions", "r1", True)
    (change_made,) = cxai("audit", "events", "--table", "policy_changes", "--json").json_lines()
    assert change_made["actor"] == "bo"
    change(ledger, "UPDATE decisions SET decision = 'escalate'")
    assert "NOT as sealed" in cxai("audit", "explain", "r1").out
    ledger.customers.erase("default", "c-4711")
    assert "No sealed row is called r1" in cxai("audit", "explain", "r1").out
    assert "removed by erasure" in cxai("audit", "explain", str(found["seq"])).out


def test_the_public_key_is_printed(cxai: Cxai) -> None:
    key = cxai("audit", "key").out.strip()
    assert len(bytes.fromhex(key)) == 32
    assert cxai("audit", "key", "--pem").out.startswith("-----BEGIN PUBLIC KEY-----")


def test_a_proxy_seals_what_it_answers_and_exports_a_head(start_proxy: StartProxy, tmp_path: Path) -> None:
    proxy = start_proxy(audit={"seal_every_s": 0.1, "heads_every_minutes": 0.001})
    proxy.provider.answers("You must apply before you travel.")
    proxy.ask("When must I apply for the bereavement fare?")
    heads = tmp_path / "audit" / "heads.jsonl"
    with proxy.ledger() as ledger:
        until(lambda: heads.exists() and ledger.audit.verify().waiting == 0)
        found = ledger.audit.verify()
    assert found.findings == []
    assert found.entries > 1


def test_who_was_let_in_and_by_whom_is_listed(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    cxai("keys", "create", "website")
    cxai("users", "roles", "ana1@example.com", "lead", "policy-owner")
    newest, made, first = cxai("audit", "staff", "--json").json_lines()
    assert (newest["event"], newest["state"]["email"]) == ("roles", "ana1@example.com")
    assert newest["actor"] == made["actor"] == pwd.getpwuid(os.getuid()).pw_name
    assert (first["event"], first["actor"]) == ("created", "ops")
    table = cxai("audit", "staff").out
    assert "lead policy-owner" in table and made["subject"] in table and "chat check" in table


def test_who_made_himself_admin_is_named(cxai: Cxai, ledger: Ledger) -> None:
    with ledger._engine.execution_options(**{WRITES: True}).begin() as connection:
        connection.execute(text("""UPDATE people SET roles = '["admin"]'"""))
    ran = cxai("audit", "verify")
    assert ran.status == 1
    assert "changed: people per_1: roles is not what its newest event says" in ran.out
