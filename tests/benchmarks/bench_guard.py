"""What is left of the verifier's speed in a proxy: answers with the guard on, against the same claims judged alone.

    make bench-guard [ARGS="--rounds 7"]

``cxai serve`` stands before a provider on loopback that says at once what it is told to say: eight sentences of the
shipped corpus, two words before each, none of them twice. ``alone`` is a process that judges the same sentences on as
many threads, with nothing around. Rounds are interleaved and ratios taken within a round. Then: how an answer's time
grows with its claims, and retrieval's with the corpus. Writes its tables into docs/performance.md.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from benchmarks import performance_page
from benchmarks.bench_stream import claims
from benchmarks.corpus_growth import corpus_table
from benchmarks.gateway.client import Load, load, request
from benchmarks.gateway.gateways import GUARDED, KEY, ours
from benchmarks.gateway.processes import Running, running, running_provider
from benchmarks.guard_alone import QUESTION, Alone, judge_alone
from benchmarks.quality.tables import Table
from prometheus_client.parser import text_string_to_metric_families

CLAIMS_OF_AN_ANSWER = 8
LENGTHS = (1, 2, 4, 8, 16, 32)
SIZES = (1_000, 10_000, 100_000)
# None of them says anything that could be checked.
BEGINNINGS = (
    "Please note:",
    "To be clear:",
    "In short:",
    "As we say:",
    "Once more:",
    "Put simply:",
    "Mind this:",
)
AT_MOST_S = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--answers", type=int, default=24, help="answers in each round")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="passages in the corpus")
    parser.add_argument(
        "--no-page", action="store_true", help="print the tables and leave docs/performance.md"
    )
    options = parser.parse_args()
    sentences = unseen(claims())
    with alone() as judges, proxy() as served:
        rounds = [one_round(judges, served, sentences, options) for _ in range(options.rounds)]
        stages = stage_table(served, options.rounds * options.answers)
        tables = [speed_table(rounds), step_table(rounds), stages, length_table(served, sentences)]
    tables.append(corpus_table(options.sizes))
    for each in tables:
        print(each.markdown(), flush=True)
    if not options.no_page:
        performance_page.write("bench-guard", tables)


def unseen(sentences: Sequence[str]) -> Iterator[str]:
    """Sentences that no one has judged yet, in an order that is always the same. Ends when all were told."""
    told = [f"{beginning} {sentence}" for beginning in BEGINNINGS for sentence in sentences]
    random.Random(7).shuffle(told)
    return iter(told)


def answers(sentences: Iterator[str], count: int, claims_each: int) -> list[str]:
    """Raises ValueError where there are not enough of them."""
    made = [" ".join(islice(sentences, claims_each)) for _ in range(count)]
    if not made[-1]:
        raise ValueError("the corpus has not so many claims; ask for fewer rounds or answers")
    return made


@contextmanager
def alone() -> Iterator[ProcessPoolExecutor]:
    """A fresh process that judges; as many threads as the proxy has."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(judge_alone, ["You must apply before you travel."], 1).result()
        yield pool


@contextmanager
def proxy() -> Iterator[Running]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_provider() as provider,
        running(ours, provider, Path(folder)) as served,
    ):
        yield served


def threads() -> int:
    """As the setting ``judge_threads`` has it by default."""
    return os.cpu_count() or 1


def one_round(
    judges: ProcessPoolExecutor, served: Running, sentences: Iterator[str], options: argparse.Namespace
) -> tuple[Alone, Load, float]:
    """The same answers, first judged alone, then through the proxy; the last is the proxy's processor time, s."""
    texts = answers(sentences, options.answers, CLAIMS_OF_AN_ANSWER)
    by_itself = judges.submit(judge_alone, texts, threads()).result()
    before = served.cpu_s()
    through = guarded(served, texts, options.connections)
    return by_itself, through, served.cpu_s() - before


def guarded(served: Running, texts: Sequence[str], connections: int) -> Load:
    """Raises RuntimeError where an answer failed: nothing would be measured."""
    messages = [{"role": "user", "content": QUESTION}]
    asked = [
        request(served.url, KEY, GUARDED, messages=messages, metadata={"answer": text}) for text in texts
    ]
    found = load(served.url, asked, connections=connections, at_most_s=AT_MOST_S)
    if found.failed:
        raise RuntimeError(f"answers failed: {dict(found.failed)}")
    return found


def speed_table(rounds: Sequence[tuple[Alone, Load, float]]) -> Table:
    alone_per_s = [by_itself.claims / CLAIMS_OF_AN_ANSWER / by_itself.wall_s for by_itself, _, _ in rounds]
    served_per_s = [len(through.total_s) / through.wall_s for _, through, _ in rounds]
    share = [mine / most for mine, most in zip(served_per_s, alone_per_s, strict=True)]
    alone_cpu = [1000 * one.cpu_s / one.claims * CLAIMS_OF_AN_ANSWER for one, _, _ in rounds]
    served_cpu = [1000 * cpu_s / len(through.total_s) for _, through, cpu_s in rounds]
    more = [mine / least for mine, least in zip(served_cpu, alone_cpu, strict=True)]
    return Table(
        f"Guard on: answers of {CLAIMS_OF_AN_ANSWER} claims",
        ["median [least – most]", "the verifier alone", "through the proxy", "proxy / alone"],
        [
            ["answers/s", _cell(alone_per_s, 1), _cell(served_per_s, 1), _cell(share, 2)],
            ["processor time for an answer, ms", _cell(alone_cpu, 0), _cell(served_cpu, 0), _cell(more, 2)],
        ],
        note=f"{threads()} threads judge, in both; {len(rounds)} rounds.",
    )


def step_table(rounds: Sequence[tuple[Alone, Load, float]]) -> Table:
    """Of the judging threads' own time, without what they wait for."""
    claims_judged = sum(one.claims for one, _, _ in rounds)
    spent = {step: sum(one.steps_s[step] for one, _, _ in rounds) for step in rounds[0][0].steps_s}
    total = sum(spent.values())
    rows = [
        [step, f"{1000 * seconds / claims_judged:.2f}", f"{seconds / total:.0%}"]
        for step, seconds in spent.items()
    ]
    return Table("Where a claim's time goes, alone", ["step", "ms a claim", "share"], rows)


def stage_table(served: Running, count: int) -> Table:
    """What ``/metrics`` has counted."""
    text = httpx.get(f"{served.url}/metrics", trust_env=False).raise_for_status().text
    names = {"cxai_upstream_seconds": "the provider's answer", "cxai_stage_seconds": "stage"}
    rows = []
    for family in text_string_to_metric_families(text):
        for name in names.keys() & {family.name}:
            sums = {
                _stage(one.labels, names[name]): one.value
                for one in family.samples
                if one.name.endswith("_sum")
            }
            counts = {
                _stage(one.labels, names[name]): one.value
                for one in family.samples
                if one.name.endswith("_count")
            }
            rows += [[key, f"{counts[key]:.0f}", f"{1000 * sums[key] / counts[key]:.2f}"] for key in sums]
    note = (
        f"After {count} answers and one at the start. `judge` counts claims, and has in it what they wait for a "
        "thread; claims are judged side by side, so that their times add up to more than an answer's."
    )
    return Table(
        "Where an answer's time goes, by the proxy's own metrics", ["stage", "n", "ms each"], rows, note
    )


def _stage(labels: dict[str, str], otherwise: str) -> str:
    return f"`{labels['stage']}`" if "stage" in labels else otherwise


def length_table(served: Running, sentences: Iterator[str], count: int = 12) -> Table:
    """One answer at a time, so that nothing queues."""
    rows: list[list[Any]] = []
    for length in LENGTHS:
        found = guarded(served, answers(sentences, count, length), connections=1)
        p50, p99 = np.percentile(found.total_s, [50, 99]) * 1000
        rows.append([f"{length}", f"{p50:.0f}", f"{p99:.0f}", f"{p50 / length:.1f}"])
    return Table("By the length of an answer", ["claims", "p50, ms", "p99, ms", "p50 a claim, ms"], rows)


def _cell(found: Sequence[float], digits: int) -> str:
    return f"{np.median(found):,.{digits}f} [{min(found):,.{digits}f} – {max(found):,.{digits}f}]"


if __name__ == "__main__":
    main()
