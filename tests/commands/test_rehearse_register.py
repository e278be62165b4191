"""``cxai rehearse predict`` and ``outcomes``: what was predicted is kept, and held against what came."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.command_line import Cxai, cxai
from support.rehearsed import Rehearsed, rehearsed

from proxy.ledger.ledger import Ledger
from proxy.ledger.rehearsal.register import Prediction, RehearsalReport
from proxy.ledger.reviews.records import ReviewDraw, ReviewGiving, ReviewItem, ReviewJudgement
from proxy.ledger.texts import NOT_KEPT, StoreText
from proxy.rehearsal.report.kept import as_kept

__all__ = ["cxai", "rehearsed"]  # fixtures
NOW = datetime.now(UTC)


@pytest.fixture
def database(cxai: Cxai, rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.chdir(rehearsed.folder)
    url = f"sqlite:///{tmp_path / 'cxai.db'}"
    monkeypatch.setenv("CXAI_DATABASE_URL", url)
    return url


def test_what_was_predicted_is_held_against_results_of_what_came(cxai: Cxai, database: str) -> None:
    ran = cxai(
        "rehearse", "predict", "pilot.jsonl", "pilot.results.jsonl", "--live", "live.jsonl", "--for", "7d"
    )
    assert ran.status == 0 and ": 4 predictions for " in ran.out, ran.err
    id = ran.out.partition(":")[0]
    waiting = cxai("rehearse", "outcomes")
    assert waiting.status == 0 and id in waiting.out and "hold what came" not in waiting.out
    held = cxai("rehearse", "outcomes", "--report", id, "--results", "live.results.jsonl")
    assert re.search(r"\d of 4 intervals hold what came: .*; 95% should", held.out), held.out
    rows = {one["prediction"]["measure"]: one for one in cxai("rehearse", "outcomes", "--json").json_lines()}
    good = rows["good"]
    assert good["outcomes"][0]["n"] == 32 and good["outcomes"][0]["source"].startswith("results ")
    assert good["prediction"]["pilot"] == pytest.approx(26 / 28, abs=1e-5)
    assert set(good["prediction"]["made_from"]) >= {"suite", "live", "results", "seed", "criteria"}


def test_a_time_that_has_begun_is_not_predicted(cxai: Cxai, database: str) -> None:
    given = "pilot.jsonl", "pilot.results.jsonl", "--live", "live.jsonl"
    ran = cxai("rehearse", "predict", *given, "--from", "2020-01-01")
    assert ran.status == 2 and "a prediction is of a time that is still to come" in ran.err
    assert cxai("rehearse", "outcomes", "--report", "RR-1").status == 2


def test_what_people_found_of_delivered_answers_is_what_came(cxai: Cxai, database: str) -> None:
    """40 answers that were drawn and reviewed, 2 of them wrong, in a time that is over."""
    begun = NOW - timedelta(days=40)
    with Ledger.open(database) as ledger:
        made = [
            Prediction(
                id=f"RR-1-{measure}", report_id="RR-1", at=begun, actor="ana", suite="pilot", measure=measure,
                since=begun, until=begun + timedelta(days=30), value=0.06, low=0.01, high=0.12, n=1000, made_from={},
            )
            for measure in ("delivered_wrong", "good")
        ]  # fmt: skip
        ledger.rehearsals.keep(RehearsalReport("RR-1", begun, "ana", {}), made)
        reviewed(ledger, begun + timedelta(days=3), wrong=2, of=40)
    told = cxai("rehearse", "outcomes")
    assert "1 of 1 intervals hold what came" in told.out and "reviews" in told.out, told.out + told.err
    again = {one["prediction"]["measure"]: one for one in cxai("rehearse", "outcomes", "--json").json_lines()}
    [outcome] = again["delivered_wrong"]["outcomes"]
    assert (outcome["share"], outcome["n"]) == (pytest.approx(0.05), 40) and again["good"]["outcomes"] == []


def reviewed(ledger: Ledger, at: datetime, *, wrong: int, of: int) -> None:
    items = [ReviewItem(f"i{n}", f"i{n}", "sampled", at, at, response_id=f"r{n}") for n in range(of)]
    shares = {"medium": {"share": 1.0, "population": of, "drawn": of}}
    ledger.reviews.draw(ReviewDraw("default", at, at + timedelta(hours=1), at, of, of, shares), items)
    for number, item in enumerate(items):
        giving = ledger.reviews.take(ReviewGiving(f"g{number}", item.id, "ana", 1, at, [0]))
        verdict = "contradicted" if number < wrong else "supported"
        ledger.reviews.judge(ReviewJudgement(giving.id, 0, "first", verdict, at, 900, 900, 500))
        ledger.reviews.end(giving, "finished", at, lambda _: 1)


def test_no_more_text_is_kept_than_the_ledger_keeps(rehearsed: Rehearsed) -> None:
    told = {
        **rehearsed.told,
        "worst": [{**rehearsed.told["worst"][0], "asked": "I am at mia@example.com", "false": ["so"]}],
        "gaps": [
            {"dimension": "topics", "text": "Mia", "suggested": [{"conversation": "c1", "text": "Mia"}]}
        ],
    }
    assert as_kept(told, StoreText.FULL) == told
    masked = as_kept(told, StoreText.MASKED)
    assert "mia@" not in masked["worst"][0]["asked"] and masked["made_from"] == told["made_from"]
    none = as_kept(told, StoreText.NONE)
    [worst], [gap] = none["worst"], none["gaps"]
    assert worst["asked"] == worst["said"] == worst["got"] == NOT_KEPT and worst["false"] == []
    assert worst["why"] and gap["suggested"] == [{"conversation": "c1", "text": NOT_KEPT}]
    assert "Mia" not in str(none)
    by_topic = as_kept({**told, "way": "topics"}, StoreText.NONE)
    assert [one["name"] for one in by_topic["parts"]] == ["topic 1", "topic 2", "topic 3"]
    assert {one["segment"] for one in by_topic["decisions"]} == {"topic 1", "topic 2", "topic 3"}
