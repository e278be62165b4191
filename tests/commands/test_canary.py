"""``cxai canary``: what was found of a candidate in words, and people decide about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai

from proxy.ledger.ledger import Ledger
from proxy.ledger.rehearsal.canaries import ArmAnswer
from proxy.rehearsal.canary.weighing import Weighing

__all__ = ["cxai"]

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def rolled_back(tmp_path: Path) -> None:
    """A ledger with a candidate that was worse."""
    with Ledger.open(f"sqlite:///{tmp_path / 'data' / 'cxai.db'}") as ledger:
        canary = ledger.canaries.begun("default", "next", "c-1", NOW)
        for number in range(20):
            at = NOW + timedelta(seconds=number)
            for arm in ("candidate", "control"):
                bad = arm == "candidate"
                ledger.canaries.add(ArmAnswer("next", f"{arm} {number}", arm, at, escalated=bad))
        ledger.canaries.count(canary, NOW + timedelta(hours=1), Weighing({"escalated": 0.02}, 0.05), NOW)


def test_status_says_why_and_who_decided(cxai: Cxai, rolled_back: None) -> None:
    table = cxai("canary", "status")
    reason = "escalated: worse than allowed. Candidate 20 of 20 (100.0%), control 0 of 20 (0.0%)"
    assert (
        table.status == 0 and table.out.count(reason) == 3
    )  # where it stands, what was found, what was decided
    assert "next: 2026-11-30 12:00:00 begun by cxai" in table.out
    (told,) = cxai("canary", "status", "--json").json_lines()
    assert (told["state"], [one["event"] for one in told["events"]]) == (
        "rolled back",
        ["rolled back", "begun"],
    )


def test_a_person_resumes_and_stops_it_and_says_why(cxai: Cxai, rolled_back: None) -> None:
    assert cxai("canary", "resume", "next", "--reason", "mended").out == "next: running: mended\n"
    assert cxai("canary", "stop", "next", "--reason", "a holiday").out == "next: stopped: a holiday\n"
    (told,) = cxai("canary", "status", "--json").json_lines()
    assert [(one["event"], one["reason"]) for one in told["events"][:2]] == [
        ("stopped", "a holiday"),
        ("resumed", "mended"),
    ]
    assert told["events"][0]["actor"] not in ("", "cxai")


def test_what_is_not_there_cannot_be_decided_about(cxai: Cxai, rolled_back: None) -> None:
    ran = cxai("canary", "stop", "nxet", "--reason", "a")
    assert (ran.status, ran.err) == (
        2,
        'cxai: there is no canary "nxet" yet; `cxai canary status` names those that there are\n',
    )
    assert cxai("canary", "stop", "next").status == 2  # a reason is needed


def test_how_long_it_takes_is_told_before_it_begins(cxai: Cxai) -> None:
    asked = ("canary", "plan", "--usual", "0.05", "--bad", "0.4", "--share", "0.5", "--longest", "300")
    told = cxai(*asked)
    assert told.status == 0 and "a bad one is found" in told.out, told.err
    (one,), (four,) = (cxai(*asked, "--json", "--tests", tests).json_lines() for tests in ("1", "4"))
    assert 0 < one["conversations"] < four["conversations"] < 300
    assert f"After {four['conversations']} conversations" in told.out
    assert one["found"]["hits"] / one["found"]["n"] >= 0.95 > 0.05 > one["false_alarms"]["hits"] / 1000


def test_a_candidate_that_the_guard_lets_pass_cannot_be_found(cxai: Cxai) -> None:
    ran = cxai("canary", "plan", "--usual", "0.05", "--bad", "0.06")
    assert ran.status == 2 and "--bad: 0.06 is no more than --usual and --margin allow (0.07)" in ran.err
    few = cxai("canary", "plan", "--usual", "0.05", "--bad", "0.08", "--longest", "100")
    assert few.status == 0 and "100 conversations of the candidate do not do" in few.out
