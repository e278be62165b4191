"""``cxai promises`` and ``cxai customers erase``, as a person meets them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Cxai, cxai
from support.customers import CUSTOMER, account_answer, answer, case, contact, promise

from proxy.ledger.ledger import Ledger

__all__ = ["cxai"]

Printed = Callable[..., str]
REFS = ("PR-2222-2222-2222", "PR-3333-3333-3333", "PR-4444-4444-4444")


@pytest.fixture
def printed(cxai: Cxai) -> Printed:
    """What a command printed that ended well."""

    def run(*arguments: str) -> str:
        ran = cxai(*arguments)
        assert ran.status == 0, ran.err
        return ran.out

    return run


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


def test_promises_are_listed_newest_first_with_their_state(printed: Printed, promised: Ledger) -> None:
    found = [json.loads(line) for line in printed("promises", "--json").splitlines()]
    assert [(one["id"], one["state"]) for one in found] == [
        (REFS[2], "open"), (REFS[1], "kept"), (REFS[0], "unknown"),
    ]  # fmt: skip
    assert found[2]["due_at"] == "2026-03-03T12:00:00+00:00"
    table = printed("promises")
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
def test_they_can_be_chosen(
    printed: Printed, promised: Ledger, options: list[str], expected: list[str]
) -> None:
    found = [json.loads(line)["id"] for line in printed("promises", "--json", *options).splitlines()]
    assert found == expected
    if not expected:
        assert printed("promises", *options) == "No such promises.\n"


@pytest.fixture
def lived(ledger: Ledger) -> Ledger:
    ledger.submit(account_answer("r", 0), promised=[promise(REFS[0])]).result()
    ledger.escalate(case("CX-2222-2222"))
    ledger.customers.report([contact("1"), contact("2")])
    return ledger


def test_without_yes_nothing_is_erased_and_it_is_said_what_would_be(printed: Printed, lived: Ledger) -> None:
    assert printed("customers", "erase", CUSTOMER) == (
        "Would be erased: 1 answers, 0 turns, 0 copies, 0 reviews, 0 policy notes, 1 escalations, 2 contacts, "
        "1 promises, 0 recall findings, 0 corrections, 0 failures.\n"
        "Nothing was changed; add --yes to erase it.\n"
    )
    assert len(lived.customers.timeline("default", CUSTOMER)) == 5


def test_with_yes_all_of_the_customer_goes(printed: Printed, lived: Ledger) -> None:
    told = printed("customers", "erase", CUSTOMER, "--yes")
    assert told.startswith(
        "Erased: 1 answers, 0 turns, 0 copies, 0 reviews, 0 policy notes, 1 escalations, 2 contacts, 1 promises, "
        "0 recall findings, 0 corrections, 0 failures.\n"
        "Not reached from here:"
    )
    assert lived.customers.timeline("default", CUSTOMER) == []
    told = printed("customers", "erase", CUSTOMER, "--yes")
    assert told == f'Nothing is kept of customer "{CUSTOMER}" of tenant "default".\n'


@pytest.mark.parametrize("options", [["c-47110"], ["C-4711"], [CUSTOMER, "--tenant", "acme"]])
def test_another_customer_is_not_meant(printed: Printed, lived: Ledger, options: list[str]) -> None:
    assert printed("customers", "erase", *options, "--yes").startswith("Nothing is kept of customer")
    assert len(lived.customers.timeline("default", CUSTOMER)) == 5


def test_a_program_reads_what_went(printed: Printed, lived: Ledger) -> None:
    told: dict[str, Any] = json.loads(printed("customers", "erase", CUSTOMER, "--yes", "--json"))
    assert told == {
        "tenant": "default", "customer": CUSTOMER, "erased": True,
        "answers": 1, "turns": 0, "copies": 0, "reviews": 0, "policy_notes": 0, "escalations": 1, "contacts": 2,
        "promises": 1, "recall_findings": 0, "corrections": 0, "failures": 0,
    }  # fmt: skip
