"""The verifier that the settings choose, in the running proxy: its verdicts, its failures, its budget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Provider, Reply
from support.serving import served
from support.tei import TeiServer

from proxy.ledger.ledger import Ledger

REFUNDS = "# Refunds\n\nRefunds are paid within 30 days of the return.\n\nThe receipt is needed.\n"
CLAIM = "Refunds are paid within 30 days of the return."
UNSURE = "After you have sent it back, your money arrives within 30 days."


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "refunds.md").write_text(REFUNDS)
    return folder


@pytest.fixture
def judge() -> Iterator[tuple[Provider, str]]:
    model = Provider()
    with served(model) as url:
        yield model, f"{url}/v1"


def answer(verdict: str = "supported") -> Reply:
    said = {"verdict": verdict, "confidence": 0.95, "quote": CLAIM, "passage": 1}
    return Reply((json.dumps(said),))


def checked(proxy: RunningProxy, claim: str) -> dict[str, Any]:
    body: dict[str, Any] = proxy.post("/v1/guard/check", {"answer": claim}).json()
    return body


def outcomes(proxy: RunningProxy) -> dict[str, float]:
    lines = [
        line
        for line in httpx.get(f"{proxy.url}/metrics").text.splitlines()
        if "cascade_claims_total{" in line
    ]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def test_a_tei_server_judges(start_proxy: StartProxy, corpus: Path) -> None:
    with served(TeiServer()) as url:
        proxy = start_proxy(corpus=corpus, verifier={"kind": "tei", "url": url})
        body = checked(proxy, CLAIM)
        assert (body["verified"], body["claims"][0]["verdict"]) == (True, "supported")
        assert body["claims"][0]["evidence"][0]["quote"] == CLAIM
        proxy.provider.answers(CLAIM)
        assert proxy.ask("Refunds?").headers["x-cxai-decision"] == "deliver"
        (record,) = proxy.ledger().answers()
        assert record.versions["verifier"] == "some/nli-model@abc123"


def test_a_verifier_that_fails_verifies_nothing(
    start_proxy: StartProxy, corpus: Path, judge: tuple[Provider, str]
) -> None:
    model, url = judge
    model.replies = [Reply(status=500, body=b"{}")]
    proxy = start_proxy(corpus=corpus, verifier={"kind": "judge", "url": url, "model": "judge-1"})
    body = checked(proxy, CLAIM)
    assert (body["verified"], body["unverified_reason"]) == (False, "error")
    assert body["claims"][0]["verdict"] == "unverified"


def test_the_chatbots_own_provider_may_judge(start_proxy: StartProxy, corpus: Path) -> None:
    proxy = start_proxy(
        corpus=corpus, verifier={"kind": "judge", "model": "judge-1"}, upstream_api_key="sk-provider"
    )
    proxy.provider.replies = [answer()]
    assert checked(proxy, UNSURE)["claims"][0]["verdict"] == "supported"
    assert proxy.provider.headers[0]["authorization"] == "Bearer sk-provider"


def test_the_cascade_asks_about_what_is_unclear_and_its_budget_outlives_a_restart(
    start_proxy: StartProxy, corpus: Path, judge: tuple[Provider, str]
) -> None:
    model, url = judge
    model.replies = [answer()]
    cascade = {"url": url, "model": "judge-1", "low": 0.0, "high": 1.0, "monthly_requests": 1}
    proxy = start_proxy(corpus=corpus, cascade=cascade)
    for _ in range(2):
        body = checked(proxy, UNSURE)
        assert (body["claims"][0]["verdict"], body["claims"][0]["confidence"]) == ("supported", 0.95)
    assert outcomes(proxy) == {"asked": 1, "cached": 1}
    again = start_proxy(corpus=corpus, cascade=cascade)
    checked(again, UNSURE)
    assert outcomes(again) == {"over_budget": 1} and len(model.requests) == 1
    with Ledger.open(proxy.database_url) as ledger:
        assert [record.response_id for record in ledger.answers()] == []  # a check is no answer


def test_a_wrong_number_is_never_put_to_the_model(
    start_proxy: StartProxy, corpus: Path, judge: tuple[Provider, str]
) -> None:
    model, url = judge
    model.replies = [answer()]
    cascade = {"url": url, "model": "judge-1", "low": 0.0, "high": 1.0}
    proxy = start_proxy(corpus=corpus, cascade=cascade)
    assert (
        checked(proxy, "Refunds are paid within 90 days of the return.")["claims"][0]["verdict"]
        == "contradicted"
    )
    assert not model.requests and outcomes(proxy) == {"local": 1}


def test_a_cascade_that_fails_leaves_the_answer_verified_by_the_local_verdict(
    start_proxy: StartProxy, corpus: Path, judge: tuple[Provider, str]
) -> None:
    model, url = judge
    model.replies = [Reply(status=503, body=b"{}")]
    alone = checked(start_proxy(corpus=corpus), UNSURE)["claims"][0]
    cascade = {"url": url, "model": "judge-1", "low": 0.0, "high": 1.0}
    body = checked(start_proxy(corpus=corpus, cascade=cascade), UNSURE)
    (claim,) = body["claims"]
    assert body["verified"] is True
    assert (claim["verdict"], claim["confidence"]) == (alone["verdict"], alone["confidence"])
