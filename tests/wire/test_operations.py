"""What operators ask: alive, ready, how many, and what happens when the ledger is gone."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
from conftest import RunningProxy, StartProxy
from support.provider import Reply

from proxy.ledger.database import BUSY_TIMEOUT_S


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
