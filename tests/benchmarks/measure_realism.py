"""How well realism tells traffic apart: of drawn traffic, and of the recorded conversations in ../shared/data/traffic.

    PYTHONPATH=.:tests python tests/benchmarks/measure_realism.py [TRIALS]

Two samples of the same conversations should hardly ever be told apart, and taking more of a slice away should always
put them farther apart. Of recorded traffic the slices are the conversations of eight of the 25 tasks, by topic.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from support.drawn_traffic import drawn

from proxy.intervals import Rate
from proxy.models.embedder import Embedder
from proxy.rehearsal.realism.compare import realism
from proxy.rehearsal.realism.dimensions import DIMENSIONS
from proxy.rehearsal.realism.traffic import Message, Traffic

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


def halves(traffic: Traffic, size: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    own = traffic.conversations
    order = random.permutation(own.max() + 1)
    return tuple(np.flatnonzero(np.isin(own, part)) for part in (order[:size], order[size : 2 * size]))  # type: ignore[return-value]


def told_apart(traffic: Traffic, size: int, trials: int, random: np.random.Generator) -> None:
    apart = gaps = singly = asked = 0
    for _ in range(trials):
        first, second = halves(traffic, size, random)
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
    size: int,
    trials: int,
    name: str,
    gone: Callable[[np.random.Generator], np.ndarray],
    random: np.random.Generator,
) -> None:
    only = [each for each in DIMENSIONS if each.name == name]
    hits = 0
    for _ in range(trials):
        suite, live = halves(traffic, size, random)
        slice_of, order = gone(random)[suite], random.random(len(suite))
        found = [
            realism(
                traffic.take(suite[~slice_of | (order >= share)]),
                traffic.take(live),
                dimensions=only,
                count=1,
            )
            for share in (0.0, 0.5, 1.0)
        ]
        distances = [each.dimensions[0].apart.distance for each in found]
        hits += distances[0] < distances[1] < distances[2]
    print(f"{traffic.name}: farther apart at each step, {name}: {_shown(Rate(hits, trials))}")


def _shown(rate: Rate) -> str:
    return f"{rate.hits} of {rate.n} ({rate.low:.1%} to {rate.high:.1%})"


def main(trials: int) -> None:
    random = np.random.default_rng(1)
    pool = drawn("drawn", 2000, np.random.default_rng(2))
    told_apart(pool, 60, trials, random)
    for name, one in _SLICES.items():
        held = np.array([one(each) for each in pool.messages])
        monotone(pool, 400, trials, name, lambda _, held=held: held, random)  # type: ignore[misc]
    if not _RECORDED.exists():
        print(f"{_RECORDED} is not there: recorded traffic is not measured")
        return
    traffic, tasks = recorded(_RECORDED)
    told_apart(traffic, 50, trials, random)
    names = sorted(set(tasks))

    def eight(random: np.random.Generator) -> np.ndarray:
        return np.isin(tasks, random.choice(names, 8, replace=False))

    monotone(traffic, 50, trials, "topics", eight, random)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
