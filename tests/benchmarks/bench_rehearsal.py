"""How fast a suite is played by recorded answers, and whether memory stays flat.

    PYTHONPATH=.:tests python tests/benchmarks/bench_rehearsal.py [TURNS] [--processes N]

Plays the 100 recorded conversations of ../shared/data/traffic, again and again under other names, until TURNS turns are
played (10,000 without it), each through a whole proxy with the airline's policy. Prints turns a second and what each
process holds in memory after every tenth, from the first to the last; and what 10,000 turns would take, their start
once. Conversations that come again are read from caches: beyond 1,163 turns memory says less of new traffic.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

from benchmarks.quality.served_process import resident_mib

from proxy.commands.rehearsal_job import open_worker
from proxy.jobs.pools import Processes
from proxy.rehearsal.recording import Recording, record
from proxy.rehearsal.replay.job import chosen, run
from proxy.rehearsal.replay.plan import Plan
from proxy.rehearsal.replay.results import Results, digest
from proxy.rehearsal.sources.source import Given
from proxy.rehearsal.suite.model import Conversation
from proxy.rehearsal.suite.reading import open_suite, write_suite
from proxy.settings import Settings

ROOT = Path(__file__).parents[2]
RECORDED = ROOT.parent / "shared" / "data" / "traffic" / "airline_conversations.jsonl.gz"
DOCUMENTS = ROOT / "policies" / "rehearsal" / "airline" / "documents"
ALL = 10_000
LOOKS = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("turns", nargs="?", type=int, default=ALL)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--from", dest="recorded", type=Path, default=RECORDED)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        suite = made_suite(Path(folder), given.recorded, given.turns)
        settings = Settings(corpus=DOCUMENTS, policies=None, embedding_cache=None)
        measure(settings, Plan(suite), Path(folder) / "results.jsonl", given.processes)


def made_suite(folder: Path, recorded: Path, turns: int) -> Path:
    """A suite of at least so many turns."""
    log = folder / "log.jsonl"
    with gzip.open(recorded, "rt", encoding="utf-8") as lines, log.open("w", encoding="utf-8") as written:
        for line in map(json.loads, lines):
            written.write(json.dumps({"id": line["id"], "messages": line["messages"]}) + "\n")
    head, conversations = record(
        Recording("airline", "openai-log", keep_personal_data=True), Given(files=[log])
    )
    file = folder / "suite.jsonl"
    write_suite(file, head, _repeated(conversations, turns))
    return file


def measure(settings: Settings, plan: Plan, file: Path, processes: int | None) -> None:
    suite = open_suite(plan.suite)
    conversations = chosen(suite, None, plan.seed)
    total = sum(suite.turns)
    results = Results(file, {"bench": "rehearsal"}, [suite.turns[number] for number in conversations])
    pool = Processes(partial(open_worker, settings, plan), processes)
    print(f"{total} turns of {len(conversations)} conversations, {pool.at_once} processes")
    began, looked = time.perf_counter(), list[tuple[int, float]]()
    for progress in run(suite, conversations, results, pool):
        if progress.done * LOOKS >= len(looked) * total or progress.done == total:
            spent = time.perf_counter() - began
            looked.append((progress.done, spent))
            held = ", ".join(f"{one:.0f}" for one in _held_mib())
            print(f"{progress.done:6d} turns after {spent:6.1f} s; {held} MiB", flush=True)
    (first, started_s), (last, ended_s) = looked[0], looked[-1]
    a_second = (last - first) / (ended_s - started_s)
    forecast_min = (started_s + (ALL - first) / a_second) / 60
    print(f"{a_second:.1f} turns a second after the start; {ALL} take {forecast_min:.1f} min")
    print(f"digest {digest(file)}")


def _held_mib() -> Iterator[float]:
    """What each process that plays holds now."""
    for child in sorted(multiprocessing.active_children(), key=lambda one: one.pid or 0):
        yield resident_mib(Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8"), "VmRSS")


def _repeated(conversations: list[Conversation], turns: int) -> Iterator[Conversation]:
    for round_number in count():
        for one in conversations:
            if turns <= 0:
                return
            yield one.model_copy(update={"id": f"{one.id}/{round_number}"})
            turns -= len(one.turns)


if __name__ == "__main__":
    main()
