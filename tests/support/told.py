"""Answers as customers read them, for tests of recalls: what was said, to whom, by which documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.folder import read_source
from proxy.corpus.sources import open_source
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder
from proxy.recovery.recall.bench import Plan
from proxy.recovery.recall.rechecking import RouteNow
from proxy.verifiers.parts import Provider
from proxy.verifiers.registry import BuiltinOptions

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = BEGAN + timedelta(days=60)


def told(response_id: str, text: str, hours: float = 0.0, **more: Any) -> DecisionRecord:
    """An answer to customer C-1, ``hours`` after the beginning."""
    choice = {"choice": 0, "model_text": text, "delivered_text": text, "claims": more.pop("claims", [])}
    usual: dict[str, Any] = {
        "route": "default",
        "mode": "enforce",
        "decision": "deliver",
        "verified": True,
        "model": "m",
        "customer_id": "C-1",
        "conversation_id": f"conversation of {response_id}",
        "request": {"channel": "chat", "audience": "customer", "market": ""},
        "choices": [choice],
    }
    return DecisionRecord(response_id, BEGAN + timedelta(hours=hours), **{**usual, **more})


def write_corpus(folder: Path, documents: Mapping[str, str]) -> Path:
    """A corpus folder with these Markdown documents, by their ids, and no others."""
    folder.mkdir(exist_ok=True)
    for file in folder.rglob("*.md"):
        file.unlink()
    for name, text in documents.items():
        file = folder / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def keep_corpus(
    ledger: Ledger, folder: Path, embedder: Embedder, at: datetime = BEGAN
) -> tuple[str, dict[str, str]]:
    """Keep the folder's documents as a running proxy does: the corpus version, and the hash of each document."""
    reading = read_source(open_source(folder))
    for item, content in reading.fresh:
        one = item.document
        ledger.keep(one.id, f"{folder.absolute()}/{one.path}", one.content_hash, content)
    corpus, scope = Corpus(reading.documents, embedder), Scope(at)
    return corpus.version(scope), {one.id: one.content_hash for one in corpus.in_force(scope)}


def plan_for(database_url: str, folder: Path, today: datetime = TODAY, **more: Any) -> Plan:
    """What today's documents of the folder say, judged by the built-in verifier."""
    reading = read_source(open_source(folder))
    return Plan(
        database_url=database_url,
        store_text="full",
        documents=tuple((item.document.path, content) for item, content in reading.fresh),
        today=today,
        routes={"default": RouteNow()},
        verifier=BuiltinOptions(),
        provider=Provider("http://127.0.0.1:9"),
        risks={item.document.id: item.document.risk for item in reading.documents},
        **more,
    )
