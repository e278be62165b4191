"""What review tells the measures of a period is what people had said by its end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from support.command_line import Cxai, cxai
from support.reviewing import NOON, reviewed, reviewing, sampled

from proxy.commands.recovery_given import given
from proxy.intervals import Rate
from proxy.ledger.ledger import Ledger
from proxy.ledger.reviews.records import ReviewDraw

__all__ = ["cxai"]

END = NOON + timedelta(days=1)


def test_what_is_reviewed_or_said_later_is_in_no_earlier_periods_figures(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        by = reviewing(ledger)
        for name in ("in-time", "across-the-end", "later"):
            sampled(ledger, name)
        reviewed(by, "ana", NOON)
        reviewed(by, "ben", END - timedelta(seconds=30), {0: "contradicted"}, after_s=60)
        reviewed(by, "cem", END + timedelta(hours=1))
        told = {at: given(ledger, "default", NOON, at).approved for at in (END, END + timedelta(days=1))}
    assert told[END] == Rate(1, 1)
    assert told[END + timedelta(days=1)] == Rate(2, 3)


def test_measures_of_a_past_time_stand_beside_the_reviews_of_that_time(cxai: Cxai, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Ledger.open(url) as ledger:
        by = reviewing(ledger)
        drawn = [sampled(ledger, str(number)) for number in range(12)]
        shares = {drawn[0].risk: {"share": 0.1, "population": 120, "drawn": len(drawn)}}
        ledger.reviews.draw(ReviewDraw("default", NOON, END, NOON, 120, len(drawn), shares), [])
        for _ in drawn[:10]:
            reviewed(by, "ana", NOON)
        for _ in drawn[10:]:
            reviewed(by, "ben", END + timedelta(hours=1))
    for at, number in ((END, 10), (END + timedelta(days=1), 12)):
        rows = cxai(
            "recovery",
            "measures",
            "--known-by",
            at.isoformat(),
            "--days",
            "3",
            "--json",
            "--database-url",
            url,
        ).json_lines()
        assert next(one["n"] for one in rows if one["measure"] == "escaped_rate") == number
