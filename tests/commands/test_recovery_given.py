"""What review tells the measures of a period is what people had said by its end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from support.reviewing import NOON, reviewed, reviewing, sampled

from proxy.commands.recovery_given import given
from proxy.intervals import Rate
from proxy.ledger.ledger import Ledger

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
