"""What operators ask: alive, ready, how many, and what happens when the ledger is gone."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from conftest import RunningProxy, StartProxy
from support.provider import Reply

from proxy.ledger.database import BUSY_TIMEOUT_S
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord


def test_alive_and_ready(proxy: RunningProxy) -> None:
    assert httpx.get(proxy.url + "/healthz").json() == {"status": "ok"}
    ready = httpx.get(proxy.url + "/readyz")
    assert ready.status_code == 200
    assert ready.json()["corpus"]["documents"] > 14


def test_an_empty_corpus_is_not_ready(start_proxy: StartProxy, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "empty").mkdir()
    assert httpx.get(start_proxy(corpus=tmp_path / "empty").url + "/readyz").status_code == 503


def test_metrics_count_decisions(proxy: RunningProxy) -> None:
    proxy.provider.answers("You must apply before you travel.")
    proxy.ask("Bereavement?")
    text = httpx.get(proxy.url + "/metrics").text
    assert "cxai_" in text and 'decision="deliver"' in text


def test_metrics_say_whether_the_proxy_is_ready(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    assert "\ncxai_ready 1.0\n" in httpx.get(proxy.url + "/metrics").text
    file = Path(proxy.database_url.removeprefix("sqlite:///"))
    file.rename(file.with_suffix(".lost"))
    text = httpx.get(proxy.url + "/metrics").text
    assert "\ncxai_ready 0.0\n" in text and "cxai_corpus_documents" in text


def test_a_scrape_does_not_wait_for_a_ledger_that_is_stuck(start_proxy: StartProxy) -> None:
    proxy = start_proxy()
    with closing(
        sqlite3.connect(proxy.database_url.removeprefix("sqlite:///"), isolation_level=None)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        text = httpx.get(proxy.url + "/metrics", timeout=30).text
        waited_s = time.monotonic() - began
        other.execute("ROLLBACK")
    assert "\ncxai_ready 0.0\n" in text
    assert waited_s < BUSY_TIMEOUT_S


def test_metrics_tell_a_providers_refusals_by_their_status_from_a_provider_that_is_gone(
    start_proxy: StartProxy,
) -> None:
    proxy = start_proxy()
    for status in (400, 401, 429, 500):
        proxy.provider.replies = [Reply(status=status, body=b'{"error": {"message": "no"}}')]
        proxy.ask("Bereavement?")
    gone = start_proxy(upstream="http://127.0.0.1:9/v1")
    gone.ask("Bereavement?")
    counted = re.findall(
        r'^cxai_upstream_requests_total{.*status="([^"]*)".*} 1.0$', page(proxy), re.MULTILINE
    )
    assert counted == ["400", "401", "429", "500"]
    assert re.search(r'status="upstream_unreachable".*} 1.0', page(gone))


def page(proxy: RunningProxy) -> str:
    return httpx.get(proxy.url + "/metrics").text


def test_the_list_of_models_is_the_providers(proxy: RunningProxy) -> None:
    proxy.provider.replies = [Reply(body=b'{"object": "list", "data": [{"id": "m1", "object": "model"}]}')]
    assert [model.id for model in proxy.client().models.list()] == ["m1"]


def test_what_may_be_kept_for_fewer_days_is_forgotten_while_serving(
    start_proxy: StartProxy, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    context = {"facts": {"phone": {"state": "fresh", "value": "555-0142"}}}
    made_at = datetime.now(UTC) - timedelta(days=8)
    with Ledger.open(url) as ledger:
        ledger.record(DecisionRecord("r", made_at, "a", "enforce", "deliver", True, "m", context=context))
    declared = (
        "sources: [{name: app, kind: headers}]\n"
        "facts: [{name: phone, type: text, max_age: 1d, keep_days: 7, from: {app: }}]\n"
    )
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "context.yaml").write_text(declared)
    proxy = start_proxy()
    assert proxy.database_url == url
    with proxy.ledger() as ledger:
        for _ in range(100):
            record = ledger.answer("r")
            if record is not None and record.context == {"facts": {"phone": {"state": "fresh"}}}:
                return
            time.sleep(0.05)
    raise AssertionError("the value is still there")
