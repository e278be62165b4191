"""``cxai recovery simulate``: a table for people, JSON lines for programs, a ledger to look at, a chart."""

from __future__ import annotations

from pathlib import Path

from support.command_line import Cxai, cxai

from proxy.ledger.failures.filters import FailureFilter
from proxy.ledger.ledger import Ledger

__all__ = ["cxai"]

SHIPPED_CORPUS = str(Path(__file__).parents[2] / "policy_corpus")
SHORT = ("recovery", "simulate", "--days", "6", "--scale", "0.5", "--seed", "3", "--corpus", SHIPPED_CORPUS)


def test_it_prints_days_and_times_and_keeps_the_ledger_and_a_chart(cxai: Cxai, tmp_path: Path) -> None:
    ran = cxai(*SHORT, "--keep", "simulated.db", "--charts", ".")
    assert ran.status == 0, ran.err
    assert "Simulated: " in ran.out and "on day 4 the rule is injected" in ran.out
    assert "The usual numbers were green on" in ran.out
    assert "recovery-days.svg written" in ran.err
    assert "<svg" in (tmp_path / "recovery-days.svg").read_text(encoding="utf-8")
    with Ledger.open(f"sqlite:///{tmp_path / 'simulated.db'}", upgrade=False) as ledger:
        assert ledger.failures.states(FailureFilter(simulated=False)) == []
        assert ledger.answers()
    again = cxai(*SHORT, "--keep", "simulated.db")
    assert again.status == 2 and "simulated.db is there already" in again.err


def test_as_json_each_day_each_time_and_the_whole_is_a_line(cxai: Cxai) -> None:
    ran = cxai(*SHORT, "--json")
    assert ran.status == 0, ran.err
    lines = ran.json_lines()
    days = [one for one in lines if one["type"] == "day"]
    assert [one["day"] for one in days] == [1, 2, 3, 4, 5, 6]
    assert all(0 <= one["approved"] <= 1 for one in days if one["answers"])
    told = {(one["when"], one["measure"], one["which"]) for one in lines if one["type"] == "time"}
    assert told >= {("before", "time_to_detect", "median"), ("after", "time_to_contain", "p90")}
    assert lines[-1]["type"] == "summary" and lines[-1]["found"] <= lines[-1]["returned"]
