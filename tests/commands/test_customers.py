"""``cxai promises`` and ``cxai customers erase``, as a person meets them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.customers import CUSTOMER, account_answer, answer, case, contact, promise

from proxy.cli import main
from proxy.ledger.ledger import Ledger

Cxai = Callable[..., str]
REFS = ("PR-2222-2222-2222", "PR-3333-3333-3333", "PR-4444-4444-4444")


@pytest.fixture
def cxai(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_it_was: None,
) -> Cxai:
    """Runs ``cxai`` in a folder of its own and tells what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["cxai", *arguments])
        capsys.readouterr()
        main_ended_well()
        return capsys.readouterr().out

    return run


def main_ended_well() -> None:
    try:
        main()
    except SystemExit as end:
        assert not end.code


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/data/cxai.db") as ledger:
        yield ledger


@pytest.fixture
def promised(ledger: Ledger) -> Ledger:
    """A promise that is due and untold, one that was kept, and one of another customer's without a date."""
    made = [promise(REFS[0]), promise(REFS[1], 1), promise(REFS[2], 2, due_in_hours=None, customer_id="c-1")]
    ledger.submit(answer("r"), promised=made).result()
    ledger.customers.report([contact("1", "refunded", 5, ref=REFS[1])])
    return ledger


def test_promises_are_listed_newest_first_with_their_state(cxai: Cxai, promised: Ledger) -> None:
    found = [json.loads(line) for line in cxai("promises", "--json").splitlines()]
    assert [(one["id"], one["state"]) for one in found] == [
        (REFS[2], "open"), (REFS[1], "kept"), (REFS[0], "unknown"),
    ]  # fmt: skip
    assert found[2]["due_at"] == "2026-03-03T12:00:00+00:00"
    table = cxai("promises")
    assert "120 USD" in table and "2026-03-03 12:00:00" in table and "You get $120 by Tuesday." in table


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--due"], [REFS[0]]),
        (["--customer", CUSTOMER], [REFS[1], REFS[0]]),
        (["--customer", "c-1", "--due"], []),
        (["--tenant", "acme"], []),
        (["--limit", "1"], [REFS[2]]),
    ],
)
def test_they_can_be_chosen(cxai: Cxai, promised: Ledger, options: list[str], expected: list[str]) -> None:
    found = [json.loads(line)["id"] for line in cxai("promises", "--json", *options).splitlines()]
    assert found == expected
    if not expected:
        assert cxai("promises", *options) == "No such promises.\n"


@pytest.fixture
def lived(ledger: Ledger) -> Ledger:
    ledger.submit(account_answer("r", 0), promised=[promise(REFS[0])]).result()
    ledger.escalate(case("CX-2222-2222"))
    ledger.customers.report([contact("1"), contact("2")])
    return ledger


def test_without_yes_nothing_is_erased_and_it_is_said_what_would_be(cxai: Cxai, lived: Ledger) -> None:
    assert cxai("customers", "erase", CUSTOMER) == (
        "Would be erased: 1 answers, 0 turns, 1 escalations, 2 contacts, 1 promises.\n"
        "Nothing was changed; add --yes to erase it.\n"
    )
    assert len(lived.customers.timeline("default", CUSTOMER)) == 5


def test_with_yes_all_of_the_customer_goes(cxai: Cxai, lived: Ledger) -> None:
    told = cxai("customers", "erase", CUSTOMER, "--yes")
    assert told.startswith(
        "Erased: 1 answers, 0 turns, 1 escalations, 2 contacts, 1 promises.\nNot reached from here:"
    )
    assert lived.customers.timeline("default", CUSTOMER) == []
    told = cxai("customers", "erase", CUSTOMER, "--yes")
    assert told == f'Nothing is kept of customer "{CUSTOMER}" of tenant "default".\n'


@pytest.mark.parametrize("options", [["c-47110"], ["C-4711"], [CUSTOMER, "--tenant", "acme"]])
def test_another_customer_is_not_meant(cxai: Cxai, lived: Ledger, options: list[str]) -> None:
    assert cxai("customers", "erase", *options, "--yes").startswith("Nothing is kept of customer")
    assert len(lived.customers.timeline("default", CUSTOMER)) == 5


def test_a_program_reads_what_went(cxai: Cxai, lived: Ledger) -> None:
    told: dict[str, Any] = json.loads(cxai("customers", "erase", CUSTOMER, "--yes", "--json"))
    assert told == {
        "tenant": "default", "customer": CUSTOMER, "erased": True,
        "answers": 1, "turns": 0, "escalations": 1, "contacts": 2, "promises": 1,
    }  # fmt: skip
