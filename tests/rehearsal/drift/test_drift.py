"""Live weeks that differ are told apart by what has changed, and a new rehearsal is asked for; equal ones are not."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ledger_in
from structlog.testing import capture_logs
from support.command_line import Cxai, cxai
from wire.notify.receiving import receiver
from wire.notify.rounds import hook, rounds

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder
from proxy.rehearsal.drift.watching import look, tell
from proxy.rehearsal.drift.weeks import Drift, TooLittle, weeks
from proxy.telemetry.metrics import Metrics
from proxy.wire.notify.options import NotifyOptions

__all__ = ["cxai"]

UNTIL = datetime(2026, 11, 30, tzinfo=UTC)
ENGLISH = "Where is my bag, and when will it be brought to me?"
SPANISH = "¿Dónde está mi maleta y cuándo me la van a traer al hotel?"


def week(ledger: Ledger, texts: list[str], days_ago: int, until: datetime = UNTIL) -> None:
    """A conversation for each text, spread over the seven days that ended so many days ago."""
    since = until - timedelta(days=days_ago + 7)
    written = [
        ledger.submit(
            DecisionRecord(
                f"r{days_ago}-{number}", since + timedelta(days=7) * number / len(texts), "default", "enforce",
                "deliver", True, "m", conversation_id=f"c{days_ago}-{number}", question=text,
                choices=[{"choice": 0, "model_text": "One moment.", "delivered_text": "One moment.", "claims": []}],
                request={"channel": "chat"},
            )
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip
    for one in written:
        one.result()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three weeks: two alike, and one in which half of the customers write Spanish."""
    url = ledger_in(tmp_path_factory.mktemp("drift"))
    with Ledger.open(url) as ledger:
        for days_ago, texts in ((14, [ENGLISH] * 60), (7, [ENGLISH] * 60), (0, [ENGLISH, SPANISH] * 30)):
            week(ledger, texts, days_ago)
    return url


def drifted(url: str, until: datetime) -> Drift:
    with Ledger.open(url) as ledger:
        return weeks(ledger, "default", Embedder.load(), until)


def test_what_has_changed_is_named_and_a_rehearsal_asked_for(lived: str) -> None:
    found = drifted(lived, UNTIL)
    assert (found.before, found.now) == (60, 60)
    assert "language" in [one.name for one in found.changed]
    assert (found.summary or "").startswith("live traffic has changed: ") and "rehearse anew" in (
        found.summary or ""
    )
    assert any(
        text.startswith("50.0% of the last days' messages are in the language es (30 of 60, ")
        for dimension, text in found.grown
        if dimension == "language"
    )


def test_weeks_that_are_alike_call_for_nothing(lived: str) -> None:
    found = drifted(lived, UNTIL - timedelta(days=7))
    assert found.changed == () and found.summary is None and found.grown == []


def test_too_little_traffic_is_said_and_not_compared(lived: str) -> None:
    with pytest.raises(TooLittle, match=r"the time before \(7 days\) have 0 conversations"):
        drifted(lived, UNTIL - timedelta(days=14))


def test_the_command_says_it_in_words_and_as_json(lived: str, cxai: Cxai) -> None:
    told = cxai("rehearse", "drift", "--until", "2026-11-30", "--database-url", lived)
    assert told.status == 0, told.err
    assert "60 conversations of the last 7 days, 60 of the 7 days before" in told.out
    assert "the language of messages: differs" in told.out and "rehearse anew" in told.out
    (one,) = cxai(
        "rehearse", "drift", "--until", "2026-11-30", "--database-url", lived, "--json"
    ).json_lines()
    assert {each["name"] for each in one["dimensions"] if each["changed"]} >= {"language"}


def test_one_of_many_looks_once_a_day_and_all_tell(tmp_path: Path) -> None:
    url = ledger_in(tmp_path)
    found = {"dimensions": [{"name": "language", "changed": True}, {"name": "length", "changed": False}]}
    with Ledger.open(url) as ledger:
        assert ledger.drift.claim("default", "2026-11-29") and not ledger.drift.claim("default", "2026-11-29")
        ledger.drift.found("default", "2026-11-29", found)
        asyncio.run(look(ledger, "default", url, datetime.now(UTC)))  # there is nothing to compare yet
        assert not ledger.drift.claim("default", datetime.now(UTC).date().isoformat())
        assert "conversations" in (ledger.drift.latest("default") or {})["why_not"]
        metrics = Metrics()
        ledger.drift.claim("other", "2026-11-29")
        ledger.drift.found("other", "2026-11-29", found)
        tell(ledger, "other", metrics)
    page = metrics.render()[0].decode()
    assert 'cxai_rehearsal_drift{dimension="language",tenant="other"} 1.0' in page
    assert 'cxai_rehearsal_drift{dimension="length",tenant="other"} 0.0' in page


def test_a_change_is_told_by_webhook_and_neither_there_nor_elsewhere_is_a_customer_quoted(
    tmp_path: Path,
) -> None:
    url, now = ledger_in(tmp_path), datetime.now(UTC)
    with Ledger.open(url) as ledger, receiver() as calls, capture_logs() as logs:
        week(ledger, [ENGLISH] * 60, 7, now)
        week(ledger, [ENGLISH, SPANISH] * 30, 0, now)
        asyncio.run(look(ledger, "default", url, now))
        assert rounds(ledger, NotifyOptions(webhooks=(hook(calls.url),)), now, 0, 1) == [1, 0]
        kept = ledger.drift.latest("default")
    ((_, _, told),) = calls.received
    assert {"language", "topics"} <= set(json.loads(told)["data"]["dimensions"])
    for text in (told.decode(), json.dumps(kept, ensure_ascii=False), str(logs)):
        assert "language" in text and "maleta" not in text and "bag" not in text
