"""How many of 200 promises in other words are found among 100,000 recorded answers, and what else is found.

    python tests/benchmarks/measure_recalled.py [ANSWERS] [--part dev|test|held_out] [--database-url URL] [--show]

Seventeen asked things, 12 sentences each that say it (recall/planted.yaml), each in an answer of its own, and seven
near ones that do not; the other answers speak of the same topics and of others, with other values. Prints how many
planted ones were found and how much of what was found says something else, each with n and a 95% interval (Wilson), and
the times.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from recall.answers import Planted, answers, planted

from proxy.intervals import wilson
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder
from proxy.recovery.recall.confirming import Confirming
from proxy.recovery.recall.filling import fill_all
from proxy.recovery.recall.finding import Finder, Search
from proxy.recovery.recall.nearness import Told

GROUP = 2_000
EACH = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", nargs="?", type=int, default=100_000)
    parser.add_argument("--part", choices=("dev", "test", "held_out"), default="held_out")
    parser.add_argument("--database-url")
    parser.add_argument("--show", action="store_true", help="what was missed, and what was found wrongly")
    given = parser.parse_args()
    promises = planted(given.part, EACH if given.part == "test" else None)
    with _ledger(given.database_url) as ledger:
        where = _record(ledger, given.answers, promises)
        embedder = Embedder.load()
        with timed("entered by meaning"):
            for _ in fill_all(ledger, embedder):
                pass
        _measure(ledger, embedder, promises, where, given.show)


def _record(ledger: Ledger, count: int, promises: list[Planted]) -> dict[str, str]:
    """Which answer has which planted thing, by response id."""
    where: dict[str, str] = {}
    waiting = []
    with timed(f"{count} answers recorded"):
        for record, asked in answers(count, promises, Random(9)):
            waiting.append(ledger.submit(record))
            if asked is not None:
                where[record.response_id] = asked
            if len(waiting) >= GROUP:
                for one in waiting:
                    one.result()
                waiting.clear()
        for one in waiting:
            one.result()
    return where


def _measure(
    ledger: Ledger, embedder: Embedder, promises: list[Planted], where: dict[str, str], show: bool
) -> None:
    finder = Finder(ledger, embedder, Confirming.shipped(embedder.embed))
    found_right, found_wrong, took = 0, 0, []
    with timed("candidates of one thing, vectors read"):
        told = Told.read(ledger, "default", embedder)
        told.near(embedder.embed(promises[0].asked), 0.4, 5_000)
    print(f"distinct sentences: {len(told.ids)}")
    for one in promises:
        began = time.perf_counter()
        found = finder.find(Search(one.asked))
        took.append(time.perf_counter() - began)
        said = {place.response_id: each.reading for each in found.sentences for place in each.places}
        wanted = {response_id for response_id, asked in where.items() if asked == one.asked}
        right, wrong = wanted & said.keys(), said.keys() - wanted
        found_right, found_wrong = found_right + len(right), found_wrong + len(wrong)
        told_of = (
            f"{len(right):3} of {len(wanted)}, {len(wrong)} wrongly, {found.near} near, {took[-1]:.1f} s"
        )
        print(f"{one.asked:<70} {told_of}")
        if show:
            for response_id in sorted(wanted - said.keys()):
                record = ledger.answer(response_id)
                print("   missed:", record.choices[0]["delivered_text"] if record else response_id)
            for text in sorted({said[response_id] for response_id in wrong}):
                print("   wrongly:", text)
    _print("planted promises found", found_right, len(where))
    _print("found that say something else", found_wrong, found_right + found_wrong)
    print(f"a search took {min(took):.1f} to {max(took):.1f} s")


def _print(name: str, part: int, whole: int) -> None:
    low, high = wilson(part, whole)
    print(f"{name}: {part} of {whole} ({part / whole:.1%}, 95% {low:.1%} to {high:.1%})")


@contextmanager
def timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.1f} s", flush=True)


@contextmanager
def _ledger(url: str | None) -> Iterator[Ledger]:
    with (
        tempfile.TemporaryDirectory(dir=Path.cwd()) as folder,
        Ledger.open(url or f"sqlite:///{folder}/l.db") as one,
    ):
        yield one


if __name__ == "__main__":
    main()
