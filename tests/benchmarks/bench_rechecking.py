"""How fast past answers are judged again, and how well the job foretells how long it takes.

    python tests/benchmarks/bench_rechecking.py [ANSWERS] [--workers N] [--folder FOLDER [--minutes N]]

Answers of two to four sentences of the shipped documents, each to a question of its own, are recorded as a proxy
records them. Then one document changes, and the job judges all of them again: once as the same verifier had judged
them, and once as another one had, so that every sentence is judged anew. Prints answers a second, what 100,000 would
take, and the forecast that the job gave when a twentieth was done beside what the rest took.

With ``--folder`` all of it is kept there: 100,000 answers can be judged in pieces of some ``--minutes``, each of which
goes on where the last one ended.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.folder import read_source
from proxy.corpus.sources import open_source
from proxy.grounding.text.segments import segment
from proxy.jobs.forecast import Forecast
from proxy.jobs.pools import Processes
from proxy.ledger.ledger import Ledger
from proxy.ledger.recall.recalls import Which
from proxy.ledger.recall.records import RecallState
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder
from proxy.recovery.recall.bench import Bench, Plan
from proxy.recovery.recall.job import begin, run
from proxy.recovery.recall.rechecking import RouteNow
from proxy.verifiers.parts import Provider
from proxy.verifiers.registry import BuiltinOptions

SHIPPED = Path(__file__).parents[2] / "policy_corpus"
CHANGED, OF_IT = "airline/pets.md", "9 kg"
ALL = 100_000
SAID_AT = datetime(2026, 11, 1, tzinfo=UTC)
ASKED = (
    "What about {topic}? My booking is {number}.",
    "I am customer {number}. Can you tell me more on {topic}?",
    "{topic}: what do I have to know? It is about order {number}.",
    "Hello, my name is Ana {number}, how is it with {topic} at your company?",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", nargs="?", type=int, default=2_000)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--minutes", type=float)
    given = parser.parse_args()
    if given.folder is None:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            judge(Path(folder), given)
    else:
        given.folder.mkdir(exist_ok=True)
        judge(given.folder, given)


def judge(folder: Path, given: argparse.Namespace) -> None:
    """Record the answers and change the document, unless the folder has them, and judge what is not judged yet."""
    corpus, url = folder / "policy_corpus", f"sqlite:///{folder.absolute()}/ledger.db"
    recorded = folder / "recorded"
    with Ledger.open(url) as ledger:
        if not recorded.exists():
            shutil.copytree(SHIPPED, corpus, dirs_exist_ok=True)
            record_all(ledger, corpus, given.answers, _verifier_version(_plan(url, corpus)))
            file = corpus / CHANGED
            text = file.read_text(encoding="utf-8")
            assert OF_IT in text, f"{CHANGED} says nothing of {OF_IT}"
            file.write_text(text.replace(OF_IT, "7 kg"), encoding="utf-8")
            recorded.touch()
        until = None if given.minutes is None else time.perf_counter() + 60 * given.minutes
        for name, tenant in (("judged by the same verifier", "same"), ("judged by another", "other")):
            measure(name, ledger, _plan(url, corpus), tenant, given.workers, until)


def measure(
    name: str, ledger: Ledger, plan: Plan, tenant: str, workers: int | None, until: float | None
) -> None:
    """Judge a tenant's answers, or go on with it, until all are or it is ``until``."""
    found = ledger.recalls.newest(tenant)
    which = Which(tenant, versions=ledger.recalls.changed_versions(tenant, plan.hashes))
    began, spent = time.perf_counter(), _processor_s()
    recall = (
        found[0]
        if found
        else begin(
            ledger, which, plan, actor="bench", now=datetime.now(UTC), because="bench", found_as="proposed"
        )
    )
    before = recall.done
    if recall.state == RecallState.DONE or (until is not None and began >= until):
        print(f"{name}: {recall.done} of {recall.total} answers are judged")
        return
    early: tuple[float, Forecast] | None = None
    first: float | None = None
    for progress in run(ledger, recall, plan, Processes(partial(Bench, plan), workers)):
        recall, now = progress.recall, time.perf_counter()
        first = first or now
        if early is None and progress.forecast and recall.done >= recall.total / 20:
            early = now, progress.forecast
        if until is not None and now >= until:
            break
    ended, judged = time.perf_counter(), recall.done - before
    speed = judged / (ended - began)
    print(f"{name}: {judged} answers in {ended - began:.1f} s ({speed:.1f} a second)")
    print(f"  {recall.done} of {recall.total} so far, {recall.counts}")
    spent = _processor_s() - spent
    print(f"  {1000 * spent / judged:.0f} ms of the workers' processor time an answer")
    print(f"  models and documents read within {(first or ended) - began:.1f} s")
    print(f"  {ALL:,} answers at this speed: {ALL / speed / 60:.0f} min")
    if early and recall.done == recall.total:
        at, told = early
        print(
            f"  foretold at 5%: {told.likely_s:.1f} s ({told.least_s:.1f} to {told.most_s:.1f}); "
            f"it took {ended - at:.1f} s"
        )


def _processor_s() -> float:
    """What processes that have ended took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def record_all(ledger: Ledger, folder: Path, count: int, verifier: str) -> None:
    """The same answers for two tenants: as this verifier had judged them, and as another one had."""
    reading = read_source(open_source(folder))
    corpus, scope = Corpus(reading.documents, Embedder.load()), Scope(SAID_AT, audience="customer")
    for item, content in reading.fresh:
        one = item.document
        ledger.keep(one.id, f"{folder.absolute()}/{one.path}", one.content_hash, content)
    in_force = {one.id: one.content_hash for one in corpus.in_force(scope)}
    said = [
        (passage.section, piece.text)
        for passage in corpus.passages
        if passage.document.id in in_force
        for piece in segment(passage.text)
    ]
    for tenant, by in (("same", verifier), ("other", "another")):
        waiting = []
        versions = {"corpus": corpus.version(scope), "verifier": by}
        for record in records(count, said, versions, tenant):
            waiting.append(ledger.submit(record, in_force))
            if len(waiting) >= 500:
                for each in waiting:
                    each.result()
                waiting.clear()
        for each in waiting:
            each.result()


def records(
    count: int, said: Sequence[tuple[str, str]], versions: dict[str, str], tenant: str
) -> Iterator[DecisionRecord]:
    random = Random(9)
    for number in range(count):
        chosen = random.sample(said, random.choice((2, 3, 4)))
        text = " ".join(sentence for _, sentence in chosen)
        claims: list[dict[str, Any]] = [
            {
                "start": one.start,
                "end": one.end,
                "text": one.text,
                "verdict": "supported",
                "action": "deliver",
            }
            for one in segment(text)
        ]
        yield DecisionRecord(
            f"{tenant}-{number:07}",
            SAID_AT + timedelta(seconds=number),
            "default",
            "enforce",
            "deliver",
            verified=True,
            model="m",
            customer_id=f"c-{number}",
            question=random.choice(ASKED).format(topic=chosen[0][0], number=number),
            choices=[{"choice": 0, "model_text": text, "delivered_text": text, "claims": claims}],
            versions=versions,
            request={"channel": "chat", "audience": "customer", "market": ""},
            tenant=tenant,
        )


def _plan(url: str, corpus: Path) -> Plan:
    reading = read_source(open_source(corpus))
    return Plan(
        database_url=url,
        store_text="full",
        documents=tuple((item.document.path, content) for item, content in reading.fresh),
        today=datetime.now(UTC),
        routes={"default": RouteNow()},
        verifier=BuiltinOptions(),
        provider=Provider("http://127.0.0.1:9"),
    )


def _verifier_version(plan: Plan) -> str:
    bench = Bench(plan)
    try:
        return bench.rechecker.verifier.version
    finally:
        bench.close()


if __name__ == "__main__":
    main()
