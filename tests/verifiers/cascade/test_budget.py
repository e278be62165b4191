"""What a cascade may cost in a month: requests and money, over restarts and workers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.cascades import CLAIM, UNSURE, OpenCascade, counted
from support.judge_answers import opinion
from support.policy import hits_of, verdict_on
from support.provider import Provider, Reply

from proxy.grounding.types import Label
from proxy.ledger.ledger import Ledger
from proxy.verifiers.budget import ACCOUNT


def test_past_the_months_requests_the_local_verdict_stands_marked(
    cascade: OpenCascade, model: Provider, ledger: Ledger
) -> None:
    both = cascade(monthly_requests=2, remember=0)
    outcomes = [verdict_on(both, f"{CLAIM} ({number})").label for number in range(4)]
    assert outcomes == [Label.SUPPORTED] * 2 + [UNSURE.label] * 2
    verdict = verdict_on(both, CLAIM)
    assert "the month's budget is used up" in verdict.reason and verdict.scores["cascade_over_budget"] == 1
    assert len(model.requests) == 2 and counted(both)["over_budget"] == 3


def test_the_budget_outlives_a_restart_and_begins_anew_with_the_month(
    cascade: OpenCascade, model: Provider, tmp_path: Path
) -> None:
    for expected in (1, 0):
        with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as reopened:
            both = cascade(kept_in=reopened, monthly_requests=1)
            verdict_on(both, CLAIM)
            assert counted(both).get("asked", 0) == expected
    april = cascade(monthly_requests=1, now=datetime(2026, 4, 1, tzinfo=UTC))
    verdict_on(april, CLAIM)
    assert counted(april)["asked"] == 1


def test_workers_share_one_budget(
    cascade: OpenCascade, model: Provider, tmp_path: Path, ledger: Ledger
) -> None:
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}") as another:
        workers = [cascade(kept_in=each, monthly_requests=5, remember=0) for each in (ledger, another)]
        claims = [(workers[number % 2], f"{CLAIM} ({number})") for number in range(12)]
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda each: verdict_on(*each), claims))
    assert len(model.requests) == 5 and ledger.spending.spent(ACCOUNT, "2026-03")[0] == 5


NOT_FOUND = opinion("unsupported", quote="", passage=0)
PRICED = {"price_input": 1.0, "price_output": 4.0, "monthly_requests": None, "remember": 0}


def test_what_was_used_is_what_is_paid(cascade: OpenCascade, ledger: Ledger) -> None:
    both = cascade(monthly_cost=1.0, **PRICED)
    verdict_on(both, CLAIM)
    assert ledger.spending.spent(ACCOUNT, "2026-03") == (
        1,
        30,
    )  # 10 tokens in, 5 out: 10 * 1 + 5 * 4 millionths
    assert counted(both)["cost"] == pytest.approx(30e-6)


def test_past_the_months_money_nobody_is_asked(cascade: OpenCascade, model: Provider, ledger: Ledger) -> None:
    both = cascade(monthly_cost=0.005, **PRICED)
    ledger.spending.spend(ACCOUNT, "2026-03", requests=1, micros=4_000)
    verdict_on(both, CLAIM)
    assert not model.requests and counted(both) == {"over_budget": 1}


@pytest.mark.parametrize(
    "body",
    [
        {"max_completion_tokens": 8_000},
        {"max_completion_tokens": None, "max_tokens": 8_000},
        {"max_tokens": 8_000},
        {"n": 8},
    ],
)
def test_what_is_reserved_is_what_the_request_allows(
    cascade: OpenCascade, model: Provider, body: dict[str, Any]
) -> None:
    """Eight thousand tokens of answer cost 32,000 millionths, of which the month has 20,000."""
    both = cascade(monthly_cost=0.02, body=body, **PRICED)
    verdict_on(both, CLAIM)
    assert not model.requests and counted(both) == {"over_budget": 1}


def test_a_budget_of_money_wants_a_limit_of_the_answer(cascade: OpenCascade) -> None:
    unlimited = {"max_completion_tokens": None}
    with pytest.raises(ValueError, match='"monthly_cost" needs "max_completion_tokens" or "max_tokens"'):
        cascade(monthly_cost=1.0, body=unlimited, **PRICED)
    cascade(body=unlimited, **PRICED)


@pytest.mark.parametrize("text", ["返金は返品から三十日以内に支払われます。", "Refunds take 30 days. ", "🙂"])
def test_no_text_has_more_tokens_than_are_reserved_for_it(
    cascade: OpenCascade, model: Provider, ledger: Ledger, text: str
) -> None:
    """Tokenizers that know the language least make a token of every byte."""
    model.replies = [Reply(body=json.dumps({"choices": [{"message": {"content": NOT_FOUND}}]}).encode())]
    both = cascade(monthly_cost=1.0, **{**PRICED, "price_output": 0.0})
    verdict_on(both, CLAIM, hits=hits_of(f"# Refunds\n\n{text * 250}\n"))
    assert ledger.spending.spent(ACCOUNT, "2026-03")[1] > len((text * 250).encode())


def test_a_model_that_does_not_say_what_it_used_is_paid_by_the_careful_guess(
    cascade: OpenCascade, model: Provider, ledger: Ledger
) -> None:
    body = {"choices": [{"message": {"content": opinion()}}]}
    model.replies = [Reply(body=json.dumps(body).encode())]
    both = cascade(monthly_cost=1.0, **PRICED)
    assert verdict_on(both, CLAIM).label is Label.SUPPORTED
    assert ledger.spending.spent(ACCOUNT, "2026-03")[1] > 4_000  # the longest answer, and what was sent


@pytest.mark.parametrize(
    ("reply", "requests"),
    [(Reply(status=429), 0), (Reply(("no JSON",)), 1), (Reply((opinion(),), delay_s=1.5), 1)],
    ids=["turned away", "an answer that does not count", "no answer in time"],
)
def test_what_may_have_been_worked_for_counts_and_what_was_turned_away_does_not(
    cascade: OpenCascade, model: Provider, ledger: Ledger, reply: Reply, requests: int
) -> None:
    model.replies = [reply]
    verdict_on(cascade(timeout_s=0.4), CLAIM)
    assert ledger.spending.spent(ACCOUNT, "2026-03")[0] == requests


def test_a_budget_that_cannot_be_kept_asks_nobody(
    cascade: OpenCascade, model: Provider, tmp_path: Path
) -> None:
    closed = Ledger.open(f"sqlite:///{tmp_path / 'closed.db'}")
    closed.close()
    verdict = verdict_on(cascade(kept_in=closed), CLAIM)
    assert verdict.scores["cascade_failed"] == 1 and not model.requests
