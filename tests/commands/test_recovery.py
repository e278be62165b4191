"""``cxai recovery``: the measures and the leadership page's object, from the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.failures import failure

from proxy.ledger.failures.records import FailureEvent
from proxy.ledger.ledger import Ledger
from proxy.recovery.measures.registry import MEASURES
from proxy.recovery.measures.scorecard import WORDS

__all__ = ["cxai"]

NOW = datetime.now(UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(f"sqlite:///{tmp_path}/data/cxai.db") as ledger:
        for number in range(20):
            at = NOW - timedelta(days=3, minutes=number)
            events = [
                FailureEvent(
                    "found", "detected", at + timedelta(hours=2), "ana", "reviewer", {"severity": "high"}
                )
            ]
            if number < 15:
                events.append(FailureEvent("right", "corrected", at + timedelta(hours=number), "ana"))
            ledger.failures.tell(failure(f"f{number}", occurred_at=at, customer_id=f"c-{number}"), *events)
        yield ledger


def test_the_measures_have_their_n_and_interval(cxai: Cxai, ledger: Ledger) -> None:
    told = cxai("recovery", "measures").out
    assert "Put right in time, high" in told and "75.0% (53.1% to 88.8%), 15 of 20" in told
    assert "Time to detect, high, median" in told and "2.0 h (2.0 h to not reached), 20 cases" in told
    assert "SIMULATED" not in told


def test_targets_are_those_of_the_policies(cxai: Cxai, ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "recovery.yaml").write_text("within: {high: 5h}\n")
    rows = cxai("recovery", "measures", "--policies", "policies", "--json").json_lines()
    found = next(one for one in rows if (one["measure"], one["of"]) == ("corrected_in_time", "high"))
    assert (found["hits"], found["n"]) == (6, 20)
    (tmp_path / "policies" / "recovery.yaml").write_text("within: {high: never}\n")
    ran = cxai("recovery", "measures", "--policies", "policies")
    assert ran.status == 2 and "policies/recovery.yaml:1" in ran.err


def test_what_was_known_at_a_time(cxai: Cxai, ledger: Ledger) -> None:
    rows = cxai("recovery", "measures", "--known-by", "1d", "--json").json_lines()
    assert next(one for one in rows if one["measure"] == "failures")["value"] == 0
    ran = cxai("recovery", "measures", "--known-by", "2999-01-01")
    assert ran.status == 2 and "still to come" in ran.err


def test_each_measure_can_be_explained(cxai: Cxai) -> None:
    assert [one["name"] for one in cxai("recovery", "measures", "--explain", "--json").json_lines()] == list(
        MEASURES
    )
    assert "detecting less must never" in cxai("recovery", "measures", "--explain").out


def test_the_leads_object_is_one_line(cxai: Cxai, ledger: Ledger) -> None:
    (found,) = cxai("recovery", "lead", "--days", "7", "--json").json_lines()
    assert {"usual", "lived", "now", "divergences", "trend", "measures", "targets"} <= found.keys()
    told = cxai("recovery", "lead", "--days", "7").out
    assert "What customers lived through" in told and "! " in told and "FL-" in told


def test_the_scorecard_says_of_whom_it_knows_too_little(cxai: Cxai, ledger: Ledger) -> None:
    (found,) = cxai("recovery", "scorecard", "--json").json_lines()
    assert [one["measure"] for one in found["scores"]] == list(WORDS)
    assert "no channel, topic and difficulty in which both answered" in cxai("recovery", "scorecard").out


def test_an_unknown_tenant_is_told(cxai: Cxai, ledger: Ledger) -> None:
    ran = cxai("recovery", "lead", "--tenant", "nobody")
    assert ran.status == 2 and 'no tenant "nobody"' in ran.err


def test_serving_does_without_statsmodels() -> None:
    """Nor with pandas, which that needs: they are large, and only the measures need them."""
    code = (
        "import sys, proxy.app, proxy.recovery.watching, proxy.recovery.measures.budget; "
        "print([one for one in ('statsmodels', 'pandas') if one in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_without_the_extra_it_says_what_to_install(
    cxai: Cxai, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "statsmodels.duration.survfunc", None)
    ran = cxai("recovery", "measures")
    assert ran.status == 2 and "pip install 'cxai-proxy[recovery]'" in ran.err
