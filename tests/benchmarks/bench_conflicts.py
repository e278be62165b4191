"""How contradictions are found, and how long it takes. Run: PYTHONPATH=tests python tests/benchmarks/bench_conflicts.py

The planted contradictions of tests/authoring/conflicts first; then the time for one and for four times the documents,
each copy in markets of its own.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from support.documents import shipped
from support.planted_conflicts import conflicts_in, embedder, entailment, plants, with_plants

from proxy.corpus.reading import ReadDocument, read_content

SETS = ("planted", "reworded", "held_out")
COPIES = 4


def main() -> None:
    embedder(), entailment()  # loading them is not what is measured
    read = shipped()
    for name in SETS:
        planted = plants(name)
        found = conflicts_in(with_plants(read, planted))
        hits = sum(any(map(plant.is_found_in, found)) for plant in planted)
        others = sum(not any(plant.is_found_in(one) for plant in planted) for one in found)
        print(f"{name:10} {hits:3} of {len(planted)} found, {others} other reports")
    once = _timed(read)
    again = _timed([each for number in range(COPIES) for each in _elsewhere(read, number)])
    print(f"{COPIES} times the documents take {again / once:.1f} times as long")


def _timed(read: Sequence[ReadDocument]) -> float:
    entailment.cache_clear()
    embedder(), entailment()
    started, wall = time.process_time(), time.perf_counter()
    conflicts_in(read)
    spent, waited = time.process_time() - started, time.perf_counter() - wall
    passages = sum(len(item.passages) for item in read)
    print(f"{len(read)} documents, {passages} passages: {spent:.1f} s of CPU time, {waited:.1f} s")
    return spent


def _elsewhere(read: Sequence[ReadDocument], number: int) -> list[ReadDocument]:
    """The documents with other ids, in other markets."""
    copies = []
    for item in read:
        text = re.sub(
            r"(?m)^(jurisdiction: )\[?(.*?)\]?$", lambda m: m[1] + _places(m[2], number), item.document.text
        )
        text = re.sub(r"(?m)^supersedes: ", f"supersedes: copy-{number}/", text)
        copies.append(read_content(f"copy-{number}/{item.document.path}", text.encode()))
    return copies


def _places(places: str, number: int) -> str:
    return "[" + ", ".join(f"{place.strip()}{number}" for place in places.split(",")) + "]"


if __name__ == "__main__":
    main()
