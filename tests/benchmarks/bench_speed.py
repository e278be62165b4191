"""How long judging takes and how much memory serving does, on ``policy_answers.dev`` among the bank's documents.

    make bench-speed [DATA=DIR] [ARGS="--out build/bench/speed"]

Measured on one processor and on two. ``retrieval`` brings the passages of a claim, ``judging`` holds the claim against
them; neither has seen the claim before. Answers of eight claims, and the memory, are those of a ``cxai serve`` process
that is asked over HTTP. Milliseconds are this machine's: on a busy one only the ratios say much.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from benchmarks.quality.cases import NATURAL, Case, labelled_cases, retrieved
from benchmarks.quality.checkers import opened
from benchmarks.quality.corpora import company_corpora, company_files
from benchmarks.quality.served_process import ServedProcess, serving
from benchmarks.quality.tables import Table, write_tables
from benchmarks.quality.whole_answers import check, written_corpus

from proxy.models.embedder import Embedder

SPLIT = "dev"
CLAIMS_OF_AN_ANSWER = 8
CHECKS = 200
WARM_UP = 10
Milliseconds = list[float]


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds by step on so many processors; memory in MiB before and after the checks."""

    processors: int
    times_ms: dict[str, Milliseconds]
    memory_mib: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with policy_answers.dev.jsonl and the rest"
    )
    parser.add_argument("--verifier", default="builtin", help="as the setting `verifier`: a kind, or JSON")
    parser.add_argument("--processors", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=Path, help="write OUT.md and OUT.json too")
    options = parser.parse_args()
    measured = [measure(options.data, options.verifier, count) for count in options.processors]
    tables = [time_table(measured), ratio_table(measured), memory_table(measured)]
    for table in tables:
        print(table.markdown(), flush=True)
    if options.out:
        write_tables(options.out, tables)


def measure(data: Path, verifier: str, processors: int) -> Measured:
    """A fresh process each, so that nothing is remembered and the threads are made for these processors."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=confine, initargs=(processors,)) as pool:
        steps = pool.submit(claim_times, data, verifier).result()
    answers, memory = serve_times(data, verifier, processors)
    return Measured(processors, {**steps, **answers}, memory)


def confine(processors: int) -> None:
    """This process, and what it starts, on so many of the processors that it has."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:processors])


def claim_times(data: Path, given: str) -> dict[str, Milliseconds]:
    """Claim by claim: bringing its passages, and judging it. ``embedding`` is one sentence, to compare with."""
    embedder = Embedder.load()
    cases = [case for case in labelled_cases(data, SPLIT) if case.kind == NATURAL]
    corpora = company_corpora(
        company_files(data, {case.company for case in cases}, among_bank=True), embedder
    )
    verifier = opened(given, embedder)
    times: dict[str, Milliseconds] = {"embedding": [], "retrieval": [], "judging": []}
    for case in [*cases[-WARM_UP:], *cases[:-WARM_UP]]:
        started = perf_counter()
        embedder.embed(
            f"{case.claim.reading} "
        )  # with a space, so that retrieval does not find it remembered
        embedded = perf_counter()
        hits = retrieved(case, corpora[case.company])
        brought = perf_counter()
        verifier.verify(case.claim, question=case.question, hits=hits, facts=case.facts)
        steps = (embedded - started, brought - embedded, perf_counter() - brought)
        for name, spent in zip(times, steps, strict=True):
            times[name].append(spent * 1000)
    return {name: found[WARM_UP:] for name, found in times.items()}


def serve_times(
    data: Path, verifier: str, processors: int
) -> tuple[dict[str, Milliseconds], dict[str, float]]:
    """Answers of eight claims over HTTP, then more checks until there are 200; memory before and after."""
    cases = [case for case in labelled_cases(data, SPLIT) if case.kind == NATURAL]
    files = company_files(data, {case.company for case in cases}, among_bank=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus, policies = written_corpus(Path(folder), files)
        settings = {"CXAI_VERIFIER": verifier, "CXAI_JUDGE_THREADS": str(processors)}
        with serving(corpus, policies, Path(folder), settings, lambda: confine(processors)) as served:
            return _checks(served, answers_of(cases))


def answers_of(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Bodies of checks with eight claims each, all of one company and in the order they were said."""
    bodies = []
    for company in sorted({case.company for case in cases}):
        mine = [case for case in cases if case.company == company]
        for at in range(0, len(mine) - CLAIMS_OF_AN_ANSWER + 1, CLAIMS_OF_AN_ANSWER):
            part = mine[at : at + CLAIMS_OF_AN_ANSWER]
            text = "\n\n".join(case.claim.text for case in part)
            bodies.append({"answer": text, "question": part[0].question, "model": company})
    return bodies


def _checks(
    served: ServedProcess, bodies: Sequence[dict[str, Any]]
) -> tuple[dict[str, Milliseconds], dict[str, float]]:
    memory = {"ready": served.memory_mib()}
    spent = []
    for body in bodies:
        started = perf_counter()
        found = check(served.client, body)
        spent.append((perf_counter() - started) * 1000)
        if not found["verified"]:
            raise RuntimeError(
                f"an answer was not verified ({found['unverified_reason']}); nothing to measure"
            )
    # Another question makes another answer of it, so that no more is remembered than a customer's would be.
    for number, body in islice(enumerate(cycle(bodies)), max(0, CHECKS - len(bodies))):
        check(served.client, {**body, "question": f"{body['question']} ({number})"})
    memory["after checks"] = served.memory_mib()
    memory["at most"] = served.most_memory_mib()
    return {"answer of 8 claims, over HTTP": spent}, memory


def time_table(measured: Sequence[Measured]) -> Table:
    rows = []
    for each in measured:
        for step, times in each.times_ms.items():
            p50, p99 = np.percentile(times, [50, 99])
            rows.append([step, each.processors, len(times), f"{p50:.1f}", f"{p99:.1f}"])
    return Table("milliseconds", ["step", "processors", "n", "p50", "p99"], rows)


def ratio_table(measured: Sequence[Measured]) -> Table:
    """Medians against each other: these hold on other machines, more or less."""
    rows = []
    for each in measured:
        p50 = {step: float(np.median(times)) for step, times in each.times_ms.items()}
        one = p50["retrieval"] + p50["judging"]
        rows.append(
            [
                f"{each.processors} processor(s)",
                f"{p50['judging'] / p50['embedding']:.1f}",
                f"{p50['judging'] / p50['retrieval']:.1f}",
                f"{p50['answer of 8 claims, over HTTP'] / one:.1f}",
            ]
        )
    heads = ["judging / embedding a sentence", "judging / retrieval", "answer of 8 / one claim"]
    return Table("ratios of medians", ["on", *heads], rows)


def memory_table(measured: Sequence[Measured]) -> Table:
    rows = [
        [f"{each.processors} processor(s)", *(f"{each.memory_mib[name]:.0f}" for name in each.memory_mib)]
        for each in measured
    ]
    title = f"resident memory of a serving process, MiB, before and after {CHECKS} checks"
    return Table(title, ["on", *measured[0].memory_mib], rows)


if __name__ == "__main__":
    main()
