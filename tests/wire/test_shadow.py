"""Copies of live requests go to a candidate: no customer sees it or waits for it, and nothing of theirs is touched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.models import Models
from support.provider import Reply
from support.serving import served
from support.waiting import until

from proxy.ledger.rehearsal.shadows import ShadowAnswer

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
ACTED = "I have refunded $450 to your card."
CANDIDATE = "name: next\nchanges: {model: next-model}\nshadow: {share: 1.0}\n"


@dataclass(frozen=True, slots=True)
class Copied:
    proxy: RunningProxy
    models: Models

    def ask(self, **options: Any) -> httpx.Response:
        headers = {"x-cxai-customer-id": "ana", "x-cxai-conversation-id": "c"}
        return self.proxy.ask("Bereavement?", headers=headers, **options)

    def pairs(self) -> list[ShadowAnswer]:
        with self.proxy.ledger() as ledger:
            return ledger.shadows.listed("default", "next")

    def pair_of(self, response: httpx.Response) -> ShadowAnswer:
        named = response.headers["x-cxai-response-id"]
        until(lambda: any(one.response_id == named for one in self.pairs()))
        return next(one for one in self.pairs() if one.response_id == named)

    def metrics(self) -> str:
        return httpx.get(f"{self.proxy.url}/metrics").text


@pytest.fixture
def copying(start_proxy: StartProxy, tmp_path: Path) -> Iterator[Callable[..., Copied]]:
    """Starts a proxy that copies its traffic."""

    def start(candidate: str = CANDIDATE, **settings: Any) -> Copied:
        models = Models()
        upstream = stack.enter_context(served(models, drain_s=0)) + "/v1"
        (tmp_path / "policies").mkdir(exist_ok=True)
        (tmp_path / "policies" / "candidate.yaml").write_text(candidate)
        return Copied(start_proxy(upstream=upstream, **settings), models)

    with ExitStack() as stack:
        yield start


@pytest.mark.parametrize("stream", [False, True])
def test_the_customer_gets_what_runs_and_both_are_kept_side_by_side(
    copying: Callable[..., Copied], stream: bool
) -> None:
    copied = copying()
    copied.models.said["next-model"] = Reply((FALSE,))
    response = copied.ask(stream=stream)
    assert "90 days" not in response.text
    pair = copied.pair_of(response)
    assert (pair.live.decision, pair.candidate.decision) == ("deliver", "rewrite")
    assert (pair.live.unsupported, pair.candidate.unsupported) == (False, True)
    assert pair.live.ms > 0 and pair.candidate.ms > 0 and pair.candidate.confidence < pair.live.confidence
    assert pair.text and FALSE not in pair.text  # what would have been delivered
    assert [one["model"] for one in copied.models.requests] == ["test-model", "next-model"]


def test_nothing_of_the_customer_s_is_touched(copying: Callable[..., Copied]) -> None:
    copied = copying()
    copied.models.said["next-model"] = Reply((ACTED,))
    response = copied.ask()
    assert copied.pair_of(response).candidate.decision == "escalate"
    with copied.proxy.ledger() as ledger:
        assert ledger.escalations() == []
        assert [one.response_id for one in ledger.answers()] == [response.headers["x-cxai-response-id"]]
    page = copied.metrics()
    assert 'decision="escalate"' not in page
    assert 'cxai_shadow_copies_total{candidate="next",outcome="answered",tenant="default"} 1.0' in page


def test_a_candidate_that_fails_or_is_slow_is_no_customer_s_business(copying: Callable[..., Copied]) -> None:
    copied = copying(CANDIDATE.replace("1.0", "1.0, within: 2s"))
    copied.models.said["next-model"] = Reply(status=500, body=b"{}")
    failed = copied.ask()
    assert copied.pair_of(failed).candidate.decision == "error"
    copied.models.said["next-model"] = Reply((TRUE,), delay_s=5.0)
    late = copied.ask()
    assert copied.pair_of(late).candidate.decision == "error"
    assert late.json()["choices"][0]["message"]["content"] == TRUE
    until(lambda: 'outcome="failed",tenant="default"} 1.0' in copied.metrics())
    until(lambda: 'outcome="late",tenant="default"} 1.0' in copied.metrics())


def test_copies_beyond_those_that_wait_are_dropped_first(copying: Callable[..., Copied]) -> None:
    copied = copying(CANDIDATE.replace("1.0", "1.0, at_once: 1, waiting: 1"))
    copied.models.said["next-model"] = Reply((TRUE,), delay_s=2.0)
    for _ in range(5):
        assert copied.ask().status_code == 200
    assert 'outcome="dropped",tenant="default"} 3.0' in copied.metrics()


@pytest.mark.parametrize(("level", "kept"), [("masked", "[email]"), ("none", None)])
def test_as_much_text_is_kept_as_elsewhere(
    copying: Callable[..., Copied], level: str, kept: str | None
) -> None:
    copied = copying(store_text=level)
    copied.models.said["next-model"] = Reply(("Write to ana@example.com.",))
    text = copied.pair_of(copied.ask()).text
    assert text is None if kept is None else "ana@example.com" not in (text or "ana@example.com")


def test_a_share_of_zero_point_some_copies_some(copying: Callable[..., Copied]) -> None:
    copied = copying(CANDIDATE.replace("1.0", "0.3"))
    for _ in range(20):
        copied.ask()
    until(lambda: len(copied.models.requests) > 20)
    time.sleep(0.3)
    assert 20 < len(copied.models.requests) < 40


def test_an_erased_customer_s_copies_go_too(copying: Callable[..., Copied]) -> None:
    copied = copying()
    copied.pair_of(copied.ask())
    with copied.proxy.ledger() as ledger:
        ledger.customers.erase("default", "ana")
    assert copied.pairs() == []
