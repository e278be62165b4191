"""``cxai context``: one customer explained, two sources compared, and how fresh facts were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Cxai, cxai
from support.crm import Crm, running_crm

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord, EscalationRecord

__all__ = ["cxai"]

NOW = datetime.now(UTC)
DATABASE = "sqlite:///data/cxai.db"


@pytest.fixture
def crm() -> Iterator[Crm]:
    with running_crm() as running:
        running.answers = {
            "/customers/c-1": {"complaint": False, "tier": "gold"},
            "/customers/c-2": {"complaint": True, "tier": "gold"},
        }
        yield running


@pytest.fixture
def policies(crm: Crm, cxai: Cxai) -> Path:
    """The CRM and a file of tickets that both say whether there is a complaint, and of which tier the customer is."""
    folder = Path("policies")
    folder.mkdir()
    (folder / "tickets.csv").write_text("customer,complaint,tier\nc-1,yes,silver\nc-2,yes,gold\n")
    (folder / "context.yaml").write_text(f"""\
budget: 2s
sources:
  - {{name: crm, kind: http, url: "{crm.url}/customers/{{customer_id}}"}}
  - {{name: tickets, kind: file, path: tickets.csv, key: customer}}
  - {{name: app, kind: headers}}
facts:
  - name: complaint
    type: bool
    class: required
    protective_value: true
    max_age: 10m
    from: {{crm: , tickets: }}
  - {{name: tier, type: text, max_age: 1d, from: {{crm: , tickets: }}}}
  - {{name: urgent, type: bool, max_age: 1d, from: {{app: }}}}
""")
    return folder


def decision(response_id: str, customer: str | None, hours: float, **facts: Any) -> DecisionRecord:
    context = {"completeness": 1.0, "spent_ms": 1.0, "facts": facts}
    return DecisionRecord(
        response_id,
        NOW - timedelta(hours=hours),
        "r",
        "enforce",
        "deliver",
        True,
        "m",
        customer_id=customer,
        context=context,
    )


def keep(*decisions: DecisionRecord) -> None:
    Path("data").mkdir(exist_ok=True)
    with Ledger.open(DATABASE) as ledger:
        for one in decisions:
            ledger.record(one)


def test_a_customers_facts_are_explained(policies: Path, cxai: Cxai) -> None:
    keep()
    ran = cxai("context", "explain", "c-1", "--policies", "policies", "--header", "urgent=no")
    assert ran.status == 0
    assert "c-1: 50% complete" in ran.out
    lines = {line.split("│")[1].strip(): line for line in ran.out.splitlines() if line.startswith("│")}
    assert "conflicting" in lines["complaint"] and "yes (protects the customer)" in lines["complaint"]
    assert "urgent" in lines and "fresh" in lines["urgent"] and "app" in lines["urgent"]
    assert "open_case" in lines and "fresh" in lines["open_case"] and "ledger" in lines["open_case"]
    assert "gold" not in ran.out and "silver" not in ran.out and "(masked)" in ran.out


def test_the_same_as_json_has_each_reading_and_no_masked_value(policies: Path, cxai: Cxai) -> None:
    keep()
    rows = {
        row["fact"]: row
        for row in cxai("context", "explain", "c-1", "--policies", "policies", "--json").json_lines()
    }
    assert rows["complaint"]["state"] == "conflicting" and rows["complaint"]["value"] is True
    assert {one["source"]: one["value"] for one in rows["complaint"]["readings"]} == {
        "crm": False,
        "tickets": True,
    }
    assert rows["tier"]["masked"] and "gold" not in json.dumps(rows)
    assert rows["open_case"]["value"] is False


def test_an_open_case_is_explained_with_its_age(policies: Path, cxai: Cxai) -> None:
    keep()
    with Ledger.open(DATABASE) as ledger:
        ledger.escalate(
            EscalationRecord("CX-2222-2222", "r", "k", "why", NOW - timedelta(hours=3), customer_id="c-1")
        )
    rows = {row["fact"]: row for row in cxai("context", "explain", "c-1", "--json").json_lines()}
    assert rows["open_case"]["value"] is True
    assert rows["open_case_ref"]["value"] == "CX-2222-2222"


def test_without_a_ledger_the_others_are_explained(policies: Path, cxai: Cxai) -> None:
    ran = cxai("context", "explain", "c-2", "--policies", "policies")
    assert ran.status == 0 and "is not there: there is no ledger yet" in ran.out
    assert not Path("data/cxai.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["explain", "c-1", "--header", "urgent"],
            '--header: "urgent" has no value; write --header tier=gold',
        ),
        (
            ["explain", "c-1", "--tenant", "acme"],
            '--tenant: there is no tenant "acme"; the settings name default',
        ),
        (["compare", "crm", "tickets"], "say whose facts are compared: --customers FILE or --sample N"),
        (
            ["compare", "crm", "tikets", "--sample", "1"],
            'there is no source "tikets"; did you mean "tickets"?',
        ),
        (
            ["compare", "crm", "app", "--sample", "1"],
            'no fact is declared to come from both "crm" and "app"; name both below its "from" in '
            "policies/context.yaml",
        ),
        (
            ["compare", "crm", "tickets", "--sample", "1"],
            "no decision names a customer yet; --customers FILE lists them",
        ),
        (
            ["compare", "crm", "tickets", "--customers", "none.txt"],
            "none.txt: cannot be read: No such file or directory",
        ),
        (
            ["compare", "crm", "tickets", "--customers", "empty.txt"],
            "empty.txt: has no customer's id; write one in each line",
        ),
    ],
)
def test_what_cannot_be_done_is_said_with_the_way_out(
    policies: Path, cxai: Cxai, arguments: list[str], said: str
) -> None:
    Path("empty.txt").write_text("\n")
    ran = cxai("context", *arguments, "--policies", "policies")
    assert (ran.status, ran.err) == (2, f"cxai: {said}\n")


def test_a_mistake_in_the_declaration_is_named(policies: Path, cxai: Cxai) -> None:
    (policies / "context.yaml").write_text("budget: quick\n")
    ran = cxai("context", "explain", "c-1")
    assert ran.err.startswith('cxai: policies/context.yaml:1: "budget" must be a length of time')


def test_who_differs_is_listed_with_what_each_source_says(policies: Path, cxai: Cxai) -> None:
    Path("customers.txt").write_text("c-1\nc-2\nc-3\nc-1\n")
    ran = cxai("context", "compare", "crm", "tickets", "--customers", "customers.txt", "--json")
    rows = {(row["customer"], row["fact"]): row for row in ran.json_lines()}
    assert {key: row["agreement"] for key, row in rows.items()} == {
        ("c-1", "complaint"): "different",
        ("c-1", "tier"): "different",
        ("c-2", "complaint"): "same",
        ("c-2", "tier"): "same",
        ("c-3", "complaint"): "neither",
        ("c-3", "tier"): "neither",
    }
    assert rows["c-1", "complaint"]["values"] == {"crm": False, "tickets": True}
    assert rows["c-1", "tier"]["values"] == {"crm": "(masked)", "tickets": "(masked)"}


def test_only_those_who_differ_are_shown_with_the_totals(policies: Path, cxai: Cxai, crm: Crm) -> None:
    keep(*(decision(f"r{n}", f"c-{n}", n) for n in (1, 2, 3)))
    crm.answers["/customers/c-3"] = (503, {})
    ran = cxai("context", "compare", "tickets", "crm", "--sample", "3")
    shown, totals = ran.out.split("only tickets")
    assert "c-1" in shown and "c-2" not in shown and "c-3" not in shown
    assert "50%" in totals  # of complaint: one of two that could be compared


def test_the_sample_is_of_the_newest_decisions(policies: Path, cxai: Cxai) -> None:
    keep(*(decision(f"r{n}", f"c-{n}", n) for n in (1, 2, 3)), decision("r9", None, 0))
    ran = cxai("context", "compare", "crm", "tickets", "--sample", "2", "--json")
    assert {row["customer"] for row in ran.json_lines()} == {"c-1", "c-2"}


def test_freshness_is_shown_by_day_source_and_fact(cxai: Cxai) -> None:
    def fact(state: str, age_s: float | None = None) -> dict[str, Any]:
        return {"state": state, "class": "required", "source": "crm"} | (
            {} if age_s is None else {"age_s": age_s}
        )

    keep(
        *(decision(f"r{n}", "c-1", 1, complaint=fact("fresh", n * 10.0)) for n in range(1, 9)),
        decision("stale", "c-1", 1, complaint=fact("stale", 7200.0)),
        decision("failed", "c-1", 1, complaint=fact("failed")),
        decision("unknown", None, 1, complaint=fact("missing")),
        decision("old", "c-1", 24 * 30, complaint=fact("failed")),
    )
    (row,) = cxai("context", "freshness", "--since", "7d", "--by", "all", "--json").json_lines()
    assert (row["source"], row["fact"], row["reads"]) == ("crm", "complaint", 10)
    assert row["states"] == {"fresh": 8, "stale": 1, "failed": 1}
    assert row["age_s"]["p50"] == 50.0 and row["age_s"]["p99"] > 6000
    table = cxai("context", "freshness", "--since", "7d").out
    assert "80.0%" in table and "10.0%" in table and "50s" in table


def test_of_several_sources_each_one_is_counted(cxai: Cxai) -> None:
    readings = [{"source": "crm", "state": "fresh", "age_s": 1.0}, {"source": "tickets", "state": "failed"}]
    keep(decision("r", "c-1", 1, complaint={"state": "failed", "source": "tickets", "readings": readings}))
    rows = cxai("context", "freshness", "--json").json_lines()
    assert [(row["source"], row["states"], row["age_s"] is None) for row in rows] == [
        ("crm", {"fresh": 1}, False),
        ("tickets", {"failed": 1}, True),
    ]


def test_without_recorded_context_freshness_says_so(cxai: Cxai) -> None:
    keep()
    assert "No decision about a known customer has its context recorded" in cxai("context", "freshness").out
