"""How well realism tells traffic apart: of drawn traffic, and of the recorded conversations in ../shared/data/traffic.

    PYTHONPATH=.:tests python tests/benchmarks/measure_realism.py [TRIALS] [SEED]

Two samples of the same conversations should hardly ever be told apart, and taking more of a slice away from one should
always put them farther apart. Drawn suites of 400 conversations are held against 400 and 1,600 others: live traffic is
plentiful in use. Of recorded traffic the slices are the messages of eight of the 25 tasks, by topic. It is split in
halves by chance, and so that both have two of each task's four conversations: the difference between the two figures
is what unequal halves cost.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from support.drawn_traffic import drawn

from proxy.intervals import Rate
from proxy.models.embedder import Embedder
from proxy.rehearsal.realism.compare import realism
from proxy.rehearsal.realism.dimensions import DIMENSIONS
from proxy.rehearsal.realism.traffic import Bools, Ints, Message, Traffic

Split = Callable[[np.random.Generator], tuple[Ints, Ints]]
_RECORDED = Path("../shared/data/traffic/airline_conversations.jsonl.gz")
_SLICES: dict[str, Callable[[Message], bool]] = {
    "language": lambda message: message.language == "es",
    "intents": lambda message: message.intents != 1,
    "completeness": lambda message: message.context != "complete",
    "channel": lambda message: message.channel == "phone",
    "faults": lambda message: message.fault != "none",
}


def recorded(path: Path) -> tuple[Traffic, list[str]]:
    """The customers' messages of the recorded conversations, embedded, and each one's task."""
    embedder, messages, tasks = Embedder.load(), [], []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for conversation in map(json.loads, lines):
            for each in conversation["messages"]:
                if each["role"] == "user":
                    messages.append(
                        Message(str(conversation["id"]), each["content"], language="en", channel="chat")
                    )
                    tasks.append(str(conversation["task"]))
    vectors = embedder.embed_many([each.text for each in messages]).astype(np.float64)
    return Traffic("recorded", tuple(messages), vectors), tasks


def by_chance(traffic: Traffic, suite: int, live: int) -> Split:
    """Splits into so many conversations of suite and live."""
    own = traffic.conversations

    def split(random: np.random.Generator) -> tuple[Ints, Ints]:
        order = random.permutation(own.max() + 1)
        first, second = (np.isin(own, part) for part in (order[:suite], order[suite : suite + live]))
        return np.flatnonzero(first), np.flatnonzero(second)

    return split


def alike(traffic: Traffic, tasks: Sequence[str]) -> Split:
    """Splits into halves that have as many conversations of each task."""
    own = traffic.conversations
    of_task = [np.unique(own[np.array(tasks) == task]) for task in sorted(set(tasks))]

    def split(random: np.random.Generator) -> tuple[Ints, Ints]:
        first = np.isin(own, [random.permutation(each)[: len(each) // 2] for each in of_task])
        return np.flatnonzero(first), np.flatnonzero(~first)

    return split


def told_apart(traffic: Traffic, split: Split, trials: int, random: np.random.Generator) -> None:
    apart = gaps = singly = asked = 0
    for _ in range(trials):
        first, second = split(random)
        found = realism(traffic.take(first), traffic.take(second), count=199)
        apart += any(each.differs for each in found.dimensions)
        gaps += bool(found.gaps)
        singly += sum(each.apart.p_value < 0.05 for each in found.dimensions)
        asked += len(found.dimensions)
    for words, rate in (
        ("any dimension", Rate(apart, trials)),
        ("any gap", Rate(gaps, trials)),
        ("one dimension", Rate(singly, asked)),
    ):
        print(f"{traffic.name}: told apart by {words}: {_shown(rate)}")


def monotone(
    traffic: Traffic,
    split: Split,
    trials: int,
    name: str,
    words: str,
    gone: Callable[[np.random.Generator], Bools],
    random: np.random.Generator,
    *,
    deals: int = 1,
) -> None:
    """With ``deals`` also of the distance beyond chance: fewer messages are farther apart by chance alone."""
    only = [each for each in DIMENSIONS if each.name == name]
    hits = beyond = 0
    for _ in range(trials):
        suite, live = split(random)
        slice_of, order = gone(random)[suite], random.random(len(suite))
        found = [
            realism(
                traffic.take(suite[~slice_of | (order >= share)]),
                traffic.take(live),
                dimensions=only,
                count=deals,
            )
            .dimensions[0]
            .apart
            for share in (0.0, 0.5, 1.0)
        ]
        hits += found[0].distance < found[1].distance < found[2].distance
        none, half, whole = (each.distance - each.by_chance for each in found)
        beyond += none < half < whole
    print(f"{traffic.name}: farther apart at each step, {name}, {words}: {_shown(Rate(hits, trials))}")
    if deals > 1:
        print(f"{traffic.name}: ... beyond what chance does: {_shown(Rate(beyond, trials))}")


def _shown(rate: Rate) -> str:
    return f"{rate.hits} of {rate.n} ({rate.low:.1%} to {rate.high:.1%})"


def main(trials: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    pool = drawn("drawn", 2000, np.random.default_rng(seed + 1))
    told_apart(pool, by_chance(pool, 60, 60), trials, random)
    for live in (400, 1600):
        for name, one in _SLICES.items():
            held = np.array([one(each) for each in pool.messages])
            split = by_chance(pool, 400, live)
            monotone(pool, split, trials, name, f"400 against {live:,}", lambda _, held=held: held, random)  # type: ignore[misc]
    if not _RECORDED.exists():
        print(f"{_RECORDED} is not there: recorded traffic is not measured")
        return
    traffic, tasks = recorded(_RECORDED)
    halves = by_chance(traffic, 50, 50)
    told_apart(traffic, halves, trials, random)
    names = sorted(set(tasks))

    def eight(random: np.random.Generator) -> Bools:
        return np.isin(tasks, random.choice(names, 8, replace=False))

    monotone(traffic, halves, trials, "topics", "halves by chance", eight, random, deals=199)
    even = alike(traffic, tasks)
    monotone(traffic, even, trials, "topics", "halves alike by task", eight, random, deals=199)


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:3]]
    main(*given, *(100, 1)[len(given) :])
