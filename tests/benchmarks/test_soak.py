"""Half a minute of ``make soak``: too short for any but a large leak, not for a lost record or a wrong label."""

from __future__ import annotations

import pytest
from benchmarks.soak import main

pytestmark = pytest.mark.alone


def test_a_short_soak_holds(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--minutes", "0.4", "--callers", "30", "--max-requests", "8", "--most-growth", "0.3"])
    told = capsys.readouterr().out
    print(told)
    assert status == 0, told
    assert "all holds" in told and "records lost   0, otherwise labelled 0" in told
