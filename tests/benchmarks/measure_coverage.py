"""How many planted gaps ``cxai corpus coverage`` finds, how many it makes up, and what it finds in real traffic.

    PYTHONPATH=tests python tests/benchmarks/measure_coverage.py [DATA/traffic]

The first part asks the shipped corpus what it answers and what it does not (tests/authoring/coverage/). With a folder
that holds ``airline_policy.md`` and ``airline_conversations.jsonl.gz`` the recorded answers of a real agent follow,
turn by turn, judged by the policy that the agent had.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from authoring.coverage.traffic import ANSWERED, answered_questions, asked_of, planted_gaps, records_of
from conftest import RunningProxy, running_proxy

from proxy.authoring.coverage.gaps import Coverage, coverage_of
from proxy.corpus.corpus import build_corpus
from proxy.models.embedder import Embedder
from proxy.telemetry.logs import configure_logging

JsonObject = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("traffic", type=Path, nargs="?")
    arguments = parser.parse_args()
    configure_logging("ERROR", json=False)
    for held_out in (False, True):
        measure_planted(held_out=held_out)
    if arguments.traffic:
        measure_recorded(arguments.traffic)


def measure_planted(*, held_out: bool) -> None:
    gaps = planted_gaps(held_out=held_out)
    with tempfile.TemporaryDirectory() as folder, running_proxy(Path(folder)) as proxy:
        topics = asked_of(proxy, [*gaps, *answered_questions()])
        found = coverage_in(proxy)
    planted = {said.topic for said in gaps}
    print(f"held out: {held_out}; {summary(found)}")
    for near in (False, True):
        told = [{topics[one] for one in gap.responses} for gap in found.gaps if near or not gap.near]
        made_up = sum(ANSWERED in one for one in told)
        missed = planted - set().union(*told)
        hit = len(planted) - len(missed)
        names = f"; not found: {', '.join(sorted(missed))}" if missed else ""
        print(f"  near: {near}: {hit} of {len(planted)} planted gaps found, {made_up} made up{names}")


def measure_recorded(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        corpus = Path(place) / "corpus"
        corpus.mkdir()
        (corpus / "airline.md").write_bytes((folder / "airline_policy.md").read_bytes())
        with running_proxy(Path(place), corpus=corpus) as proxy:
            for messages, answer in turns(folder):
                proxy.provider.answers(answer)
                proxy.post("/v1/chat/completions", {"model": "m", "messages": messages})
            found = coverage_in(proxy)
    print(f"recorded conversations; {summary(found)}")
    for gap in found.gaps:
        print(f"  {'near ' if gap.near else ''}{gap.asked} asked, {gap.nearness:.2f}: {gap.question[:100]!r}")


def turns(folder: Path) -> Iterator[tuple[list[JsonObject], str]]:
    """Each answer of the agent to a customer's message, with the conversation before it."""
    with gzip.open(folder / "airline_conversations.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            messages = row["messages"]
            for at, message in enumerate(messages):
                if message["role"] == "assistant" and message.get("content") and at:
                    yield messages[:at], message["content"]


def coverage_in(proxy: RunningProxy) -> Coverage:
    embedder = Embedder.load()
    return coverage_of(records_of(proxy), build_corpus(proxy.corpus, embedder), embedder, datetime.now(UTC))


def summary(found: Coverage) -> str:
    return f"{found.read} answers, {found.to_policy} with policy in them, {found.missed} of which no document speaks"


if __name__ == "__main__":
    main()
