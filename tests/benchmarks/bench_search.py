"""How quickly answers are found among many: python tests/benchmarks/bench_search.py [ANSWERS] [DATABASE_URL]

A ledger of 100,000 made-up answers of six sentences unless another number is given. A line is a search as the console
asks it, with the quickest and the slowest of five runs in milliseconds, and how many answers its page has.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sized
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from proxy.ledger.answers.search import RULE, SECTION, AnswerQuery
from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord

NOW = datetime.now(UTC)
RARE = [f"word{number}" for number in range(3000)]
USUAL = "refund days ticket baggage travel fare policy claim within".split() * 50
VERDICTS, WEIGHTS = ("supported", "contradicted", "unsupported"), (95, 1, 4)
GROUP = 2000


def record(number: int, of: int, random: Random) -> DecisionRecord:
    """About 4 kB as stored."""
    text = " ".join(random.choices(RARE + USUAL, k=70))
    choice = {"choice": 0, "model_text": text, "delivered_text": text}
    claims = [claim(text[at * 60 : at * 60 + 60], random) for at in range(6)]
    return DecisionRecord(
        f"r{number:07}",
        NOW - timedelta(minutes=of - number),
        "default",
        "enforce",
        random.choices(("deliver", "rewrite", "escalate"), (80, 15, 5))[0],
        verified=True,
        model="m",
        question=" ".join(random.choices(RARE, k=12)),
        customer_id=f"c{random.randrange(20_000)}",
        choices=[{**choice, "claims": claims}],
        rules=[{"rule": "vip"}] if random.random() < 0.01 else [],
    )


def claim(text: str, random: Random) -> dict[str, Any]:
    section = {
        "document": f"airline/doc{random.randrange(40)}",
        "section": f"Refunds › S{random.randrange(9)}",
    }
    evidence = [{**section, "quote": "within 30 days " * 5, "url": None}]
    verdict = random.choices(VERDICTS, WEIGHTS)[0]
    return {
        "choice": 0,
        "text": text,
        "kind": "policy",
        "verdict": verdict,
        "confidence": 0.9,
        "evidence": evidence,
    }


def fill(ledger: Ledger, count: int) -> None:
    random = Random(1)
    for start in range(0, count, GROUP):
        made = range(start, min(start + GROUP, count))
        for future in [ledger.submit(record(number, count, random)) for number in made]:
            future.result()


def measure(name: str, search: Callable[[], Sized]) -> None:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        found = search()
        took.append(1000 * (time.perf_counter() - began))
    print(f"{name:<34} {min(took):8.1f} {max(took):8.1f} ms  {len(found):4}", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        url = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/ledger.db"
        with Ledger.open(url) as ledger:
            fill(ledger, count)
            searched(ledger)


def searched(ledger: Ledger) -> None:
    month = NOW - timedelta(days=30)
    asked: dict[str, dict[str, Any]] = {
        "all": {},
        "a usual word": {"text": "refund"},
        "two rare words": {"text": "word17 word18"},
        "a word that is nowhere": {"text": "zzzz"},
        "the same, last 30 days": {"text": "zzzz", "since": month},
        "verdict": {"verdict": "contradicted"},
        "verdict and document": {"verdict": "contradicted", "document": "airline/doc3"},
        "section": {"document": "airline/doc3", "section": "Refunds › S1"},
        "rule": {"rule": "vip"},
        "customer and word": {"customer_id": "c77", "text": "refund"},
        "decision and rare word": {"decision": "escalate", "text": "word17"},
        "not checked": {"verified": False},
    }
    search = ledger.answer_search
    for name, query in asked.items():
        measure(name, lambda query=query: search.page(AnswerQuery("default", **query)))  # type: ignore[misc]
    measure(
        "answers by section of a document",
        lambda: search.counted("default", SECTION, within="airline/doc3 › "),
    )
    measure("answers by rule, 30 days", lambda: search.counted("default", RULE, month))
    measure("days of a month", lambda: ledger.days("default", month, NOW))


if __name__ == "__main__":
    main()
