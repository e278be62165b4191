"""A candidate answers some customers, always the same ones, until it is shown to be worse; then nobody any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from pydantic import SecretStr
from structlog.testing import capture_logs
from support.models import Models
from support.provider import Reply
from support.serving import served
from support.waiting import until
from wire.notify.receiving import Calls, receiver

from proxy.ledger.rehearsal.canaries import Canary, CanaryState
from proxy.rehearsal.canary.assignment import CanaryShares, serves
from proxy.rehearsal.canary.weighing import read_evidence
from proxy.wire.notify.options import NotifyOptions, Webhook

TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
HALF = CanaryShares("next", 0.5)
IN = [name for name in (f"in-{n}" for n in range(400)) if serves(HALF, name)]
OUT = [name for name in (f"out-{n}" for n in range(400)) if not serves(HALF, name)]
CANDIDATE = """\
name: next
changes: {model: next-model, system_prompt: Be brief.}
canary: {share: 0.5, quiet: 1ms}
"""


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.wire.candidate.live.LOOK_EVERY_S", 0.02)


@dataclass(frozen=True, slots=True)
class Tried:
    proxy: RunningProxy
    models: Models

    def ask(self, customer: str | None, conversation: str = "c", **options: Any) -> httpx.Response:
        told = {"x-cxai-conversation-id": conversation}
        headers = told | ({"x-cxai-customer-id": customer} if customer else {})
        return self.proxy.ask("Bereavement?", headers=headers, **options)

    def canary(self) -> Canary | None:
        with self.proxy.ledger() as ledger:
            return next(iter(ledger.canaries.listed("default")), None)

    def asked(self) -> str:
        model: str = self.models.requests[-1]["model"]
        return model

    def metrics(self) -> str:
        return httpx.get(f"{self.proxy.url}/metrics").text


Try = Callable[..., Tried]


@pytest.fixture
def trying(start_proxy: StartProxy, tmp_path: Path) -> Iterator[Try]:
    """Starts a proxy with a candidate, and waits until that answers."""

    def start(candidate: str = CANDIDATE, **settings: Any) -> Tried:
        models = Models()
        upstream = stack.enter_context(served(models, drain_s=0)) + "/v1"
        (tmp_path / "policies").mkdir(exist_ok=True)
        (tmp_path / "policies" / "candidate.yaml").write_text(candidate)
        tried = Tried(start_proxy(upstream=upstream, **settings), models)
        until(lambda: 'cxai_canary_rolled_back{candidate="next"' in tried.metrics())
        return tried

    with ExitStack() as stack:
        yield start


@pytest.fixture
def notices() -> Iterator[Calls]:
    with receiver() as calls:
        yield calls


def test_the_same_customers_are_answered_by_it_each_time_and_nobody_else(trying: Try) -> None:
    tried = trying()
    for customer in (IN[0], IN[1], IN[0]):
        response = tried.ask(customer)
        assert tried.asked() == "next-model"
        assert tried.models.requests[-1]["messages"][0] == {"role": "system", "content": "Be brief."}
        record = tried.proxy.awaited_record(response.headers["x-cxai-response-id"])
        assert (record.versions["candidate"], record.versions["arm"]) == ("next", "candidate")
        assert record.model == "test-model"  # what the customer's chatbot asked for
    for customer in (OUT[0], None):
        response = tried.ask(customer)
        assert tried.asked() == "test-model" and len(tried.models.requests[-1]["messages"]) == 1
        record = tried.proxy.awaited_record(response.headers["x-cxai-response-id"])
        assert record.versions.get("arm") == ("control" if customer else None)
    counted = (
        'cxai_canary_answers_total{arm="candidate",candidate="next",decision="deliver",tenant="default"} 3.0'
    )
    assert counted in tried.metrics()


@pytest.mark.parametrize("stream", [False, True])
def test_a_worse_one_is_rolled_back_within_so_many_conversations_for_good(
    trying: Try, stream: bool, notices: Calls
) -> None:
    hook = Webhook(name="ops", url=notices.url, secret=SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    tried = trying(notify=NotifyOptions(webhooks=(hook,)))
    tried.models.said["next-model"] = Reply((FALSE,))
    with capture_logs() as logs:
        for number in range(60):
            tried.ask(IN[number], stream=stream)
            tried.ask(OUT[number], stream=stream)
            if tried.canary().state == CanaryState.ROLLED_BACK:
                break
        else:
            pytest.fail("60 conversations on each side did not suffice")
        until(lambda: 'cxai_canary_rolled_back{candidate="next",tenant="default"} 1.0' in tried.metrics())
    (told,) = [one for one in logs if one["event"] == "candidate rolled back"]
    assert "unsupported: worse than allowed" in told["reason"] and told["reason"] == tried.canary().reason
    until(lambda: any(b"canary.rolled_back" in body for _, _, body in notices.received))
    answer = tried.ask(IN[0])
    assert (
        tried.asked() == "test-model"
        and "arm" not in tried.proxy.awaited_record(answer.headers["x-cxai-response-id"]).versions
    )

    again = trying(
        CANDIDATE.replace("0.5", "0.9"), database_url=tried.proxy.database_url
    )  # restarted, and edited
    again.ask(IN[0])
    assert again.asked() == "test-model"
    with again.proxy.ledger() as ledger:
        ledger.canaries.resume(
            "default", "next", by="ana", reason="it was the prompt", now=tried.canary().since
        )

    def answers_again() -> bool:
        again.ask(IN[0])
        return again.asked() == "next-model"

    until(answers_again)


def test_one_that_is_as_good_goes_on(trying: Try) -> None:
    tried = trying()
    for number in range(25):
        text = FALSE if number % 5 == 0 else TRUE
        tried.models.said = {name: Reply((text,)) for name in ("next-model", "test-model")}
        tried.ask(IN[number])
        tried.ask(OUT[number])
    until(lambda: read_evidence(tried.canary().evidence)["unsupported"].candidate.n == 25)
    canary = tried.canary()
    found = read_evidence(canary.evidence)
    assert canary.state == CanaryState.RUNNING
    assert set(found) == {"unsupported", "escalated", "failed", "slow"}
    assert (found["unsupported"].candidate.bad, found["unsupported"].control.bad) == (5, 5)


def test_a_customer_whose_candidate_fails_is_answered_by_what_runs(trying: Try) -> None:
    tried = trying()
    tried.models.said["next-model"] = Reply(status=500, body=b"{}")
    response = tried.ask(IN[0])
    assert response.status_code == 200 and response.json()["choices"][0]["message"]["content"] == TRUE
    record = tried.proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert "arm" not in record.versions
    until(lambda: bool(tried.canary().evidence))
    found = read_evidence(tried.canary().evidence)
    assert (found["failed"].candidate.bad, found["failed"].control.n) == (1, 0)


def test_a_conversation_counts_once_however_long_it_is(trying: Try) -> None:
    tried = trying(CANDIDATE.replace("1ms", "400ms"))
    tried.models.said["next-model"] = Reply((FALSE,))
    for _ in range(3):
        tried.ask(IN[0], "one")
    until(lambda: bool(tried.canary().evidence))
    assert read_evidence(tried.canary().evidence)["unsupported"].candidate.n == 1


def test_its_documents_judge_its_customers_answers(trying: Try, tmp_path: Path) -> None:
    folder = tmp_path / "policies" / "next"
    folder.mkdir(parents=True)
    (folder / "bereavement.md").write_text(f"---\ntitle: Bereavement\nowner: Ana\n---\n\n{FALSE}\n")
    tried = trying("name: next\nchanges: {corpus: next}\ncanary: {share: 0.5}\n")
    tried.models.said["test-model"] = Reply((FALSE,))
    assert tried.ask(IN[0]).headers["x-cxai-decision"] == "deliver"
    assert tried.ask(OUT[0]).headers["x-cxai-decision"] != "deliver"


def test_what_cannot_be_opened_answers_nobody_and_is_told(start_proxy: StartProxy, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "candidate.yaml").write_text(
        "name: next\nchanges: {upstream: elsewhere}\ncanary: {share: 1.0}\n"
    )
    with capture_logs() as logs:
        proxy = start_proxy()
        until(lambda: any("cannot be opened" in one["event"] for one in logs))
    assert 'no upstream "elsewhere"' in next(
        one["error"] for one in logs if "cannot be opened" in one["event"]
    )
    headers = {"x-cxai-customer-id": "ana"}
    assert proxy.ask("Bereavement?", headers=headers).status_code == 200
