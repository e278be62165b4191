"""Proxies that have been asked all kinds of things, one of them without its ledger, and a Prometheus that saw it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from conftest import ROOT, SHIPPED_CORPUS, RunningProxy
from support.prometheus import Prometheus, scraping
from support.provider import Provider, Reply
from support.reviewing import reviewed, reviewing, sampled, seeded
from support.serving import served

from proxy.app import create_app
from proxy.ledger.ledger import Ledger
from proxy.review.plan import ReviewPlan
from proxy.settings import Settings

DEPLOY = ROOT / "deploy"
CONTEXT = """
budget: 2s
sources:
  - {name: flags, kind: file, path: flags.csv, key: customer_id}
  - {name: crm, kind: http, url: "http://127.0.0.1:9/customers/{customer_id}"}
facts:
  - {name: blocked, type: bool, class: optional, max_age: 10m, from: {crm: }}
  - {name: plan, type: text, class: optional, max_age: 24h, from: {flags: }}
"""
POLICIES = """
rules:
  - name: refund-over-limit
    when: tool_call.name == "issue_refund" && tool_call.arguments.amount > 500
    effect: stop_tool_call
    reason: Refunds above 500 need a person's approval.
"""
REFUND = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "issue_refund", "arguments": '{"amount": 900}'},
}
CANDIDATE = "name: next\nchanges: {system_prompt: Be brief.}\nshadow: {share: 1.0}\ncanary: {share: 0.5}\n"
TRUE = "You must apply before you travel."


@dataclass(frozen=True, slots=True)
class Watched:
    """Addresses are as Prometheus calls its instances; ``lost`` is the proxy whose ledger has gone."""

    prometheus: Prometheus
    well: str
    lost: str


@contextmanager
def watched_proxies(folder: Path) -> Iterator[Watched]:
    with ExitStack() as stack:
        well, lost = (_started(stack, folder / name) for name in ("well", "lost"))
        rules = DEPLOY / "prometheus" / "alerts.yaml"
        instances = [proxy.url.partition("//")[2] for proxy in (well, lost)]
        prometheus = stack.enter_context(scraping(instances, rules, folder))
        # Twice, with a look in between: a rate needs a counter that is there already.
        for _ in range(2):
            _ask_all_kinds(well)
            _lose_a_record(lost)
            prometheus.wait_for_scrapes(instances, 2)
        yield Watched(prometheus, *instances)


def _started(stack: ExitStack, folder: Path) -> RunningProxy:
    policies, provider, judge = folder / "policies", Provider(), Provider()
    policies.mkdir(parents=True)
    (policies / "rules.yaml").write_text(POLICIES, encoding="utf-8")
    (policies / "context.yaml").write_text(CONTEXT, encoding="utf-8")
    (policies / "candidate.yaml").write_text(CANDIDATE, encoding="utf-8")
    (policies / "flags.csv").write_text("customer_id,plan\nc-1,L\n", encoding="utf-8")
    opinion = {"verdict": "supported", "confidence": 0.95, "quote": TRUE, "passage": 1}
    judge.replies = [Reply((json.dumps(opinion),))]
    cascade = {"url": f"{stack.enter_context(served(judge))}/v1", "model": "judge-1", "low": 0.0, "high": 1.0}
    settings = Settings(
        # Its failures, those of the copies for the candidate too, are to be seen, and not to have it left out.
        upstreams=[
            {
                "name": "provider",
                "url": f"{stack.enter_context(served(provider))}/v1",
                "retries": 1,
                "breaker_failures": 50,
            }
        ],
        corpus=SHIPPED_CORPUS,
        policies=policies,
        cascade=cascade,
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        review={"people": 2},
        notify={"webhooks": [{"name": "crm", "url": "http://127.0.0.1:9", "secret": "nobody listens there"}]},
        log_level="error",
    )
    _review_a_seeded_error(settings.database_url)
    _look_for_drift(settings.database_url)
    url = stack.enter_context(served(create_app(settings)))
    return RunningProxy(url, provider, settings.database_url, policies, SHIPPED_CORPUS)


def _review_a_seeded_error(database_url: str) -> None:
    now = datetime.now(UTC) - timedelta(hours=1)
    always = ReviewPlan(second_share=0, seeded_share=1, bad_share=1, burst_length=0)
    with Ledger.open(database_url) as ledger:
        sampled(ledger, "real", now)  # who has no real answer to review gets no seeded one
        seeded(ledger, "error")
        assert reviewed(reviewing(ledger, always), "ann", now, {1: "contradicted"})


def _look_for_drift(database_url: str) -> None:
    day = datetime.now(UTC).date().isoformat()
    with Ledger.open(database_url) as ledger:
        ledger.drift.claim("default", day)
        ledger.drift.found("default", day, {"dimensions": [{"name": "language", "changed": False}]})


def _ask_all_kinds(proxy: RunningProxy) -> None:
    """Delivered, rewritten, escalated, streamed, not checkable, stopped by a rule, and failed."""
    false, acted = (
        "You can claim within 90 days after you have travelled.",
        "I have refunded $450 to your card.",
    )
    for text in (TRUE, false, acted):
        proxy.provider.answers(text)
        proxy.ask("When must I apply for the bereavement fare?")
    proxy.provider.answers(TRUE)
    proxy.ask("Bereavement?", stream=True)
    proxy.provider.answers(
        "Der Antrag muss vor der Reise gestellt werden, sonst gilt der ermäßigte Tarif nicht."
    )
    proxy.ask("Trauerfall?")
    proxy.provider.answers(None, tool_calls=[REFUND])
    proxy.ask("Give me my money back.")
    proxy.provider.answers(TRUE)
    proxy.ask("Bereavement?", headers={"x-cxai-customer-id": "c-1"})
    assert proxy.ask("Bereavement?", headers={"x-cxai-key": "cxai_not-a-key"}).status_code == 401
    proxy.provider.replies = [Reply(status=500, body=b'{"error": {"message": "overloaded"}}')]
    assert proxy.ask("Bereavement?").status_code == 500


def _lose_a_record(proxy: RunningProxy) -> None:
    file = Path(proxy.database_url.removeprefix("sqlite:///"))
    if file.exists():
        # With what belongs to it: a new database would truncate what connections of the old one have mapped.
        for part in [*file.parent.glob(f"{file.name}-*"), file]:
            part.rename(part.with_name(f"lost {part.name}"))
    proxy.provider.answers(TRUE)
    assert proxy.ask("Bereavement?").headers["x-cxai-unverified-reason"] == "ledger"
    assert httpx.get(f"{proxy.url}/readyz").status_code == 503
