"""How the judge treats a real agent: recorded airline conversations, sentence by sentence, by what each one is.

    PYTHONPATH=tests python tests/benchmarks/measure_traffic.py DATA/traffic

The folder holds ``airline_policy.md``, ``airline_conversations.jsonl.gz`` and ``airline_sentences.jsonl`` (labelled).
Prints, per label, how many sentences would be delivered; false alarms are the right ones that would not.
``make bench-quality`` has the same table.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.quality.checkers import opened
from benchmarks.quality.tables import Table

from proxy.actions.decide import Action, decide
from proxy.context.tool_results import facts_from_messages
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.reading import read_content
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import judge_claim
from proxy.grounding.text.segments import Segment, segment
from proxy.grounding.types import Verifier
from proxy.models.embedder import Embedder
from proxy.models.training.measures import share
from proxy.rules.policies import Route

ROUTE = Route(name="measured")
RIGHT = ("not_checkable", "policy_supported", "account_supported")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print each right sentence that would be stopped")
    arguments = parser.parse_args()
    embedder = Embedder.load()
    sentences = list(judged_sentences(arguments.folder, opened("builtin", embedder), embedder))
    for each in sentences if arguments.show else ():
        if each.label in RIGHT and not each.delivered:
            print(f"  {each.label}: {each.action}: {each.text!r}: {each.reason}")
    print(traffic_table(sentences).markdown())


class Sentence(NamedTuple):
    """A labelled sentence of a recorded answer, what would be done with it, and why."""

    conversation: str
    label: str
    action: str
    text: str
    reason: str

    @property
    def delivered(self) -> bool:
        return self.action == Action.DELIVER.word


def traffic_table(sentences: Sequence[Sentence]) -> Table:
    """What is delivered by what the sentence is, the right ones first; intervals by conversation."""
    rows = []
    for label in sorted({each.label for each in sentences}, key=lambda label: (label not in RIGHT, label)):
        part = [each for each in sentences if each.label == label]
        actions = Counter(each.action for each in part)
        done = ", ".join(f"{count} {action}" for action, count in sorted(actions.items()))
        delivered = share([each.delivered for each in part], [each.conversation for each in part])
        rows.append([label, "deliver" if label in RIGHT else "stop", delivered, done])
    return Table(
        "a real agent: recorded airline conversations", ["label", "wanted", "delivered", "done"], rows
    )


def judged_sentences(folder: Path, verifier: Verifier, embedder: Embedder) -> Iterator[Sentence]:
    """Every labelled sentence, judged with its policy, and the tool results and words that came before it."""
    policy = read_content("airline_policy.md", (folder / "airline_policy.md").read_bytes())
    corpus = Corpus([policy], embedder)
    scope = Scope(datetime.now(UTC))
    with gzip.open(folder / "airline_conversations.jsonl.gz", "rt", encoding="utf-8") as file:
        conversations = {row["id"]: row["messages"] for row in map(json.loads, file)}
    for row in map(json.loads, (folder / "airline_sentences.jsonl").open(encoding="utf-8")):
        before = conversations[row["conversation"]][: row["message"]]
        answer = conversations[row["conversation"]][row["message"]]["content"]
        piece = piece_at(answer, row["start"], row["end"])
        if piece is None:
            done = Action.DELIVER.word, row["text"], "lies outside every segment"
            yield Sentence(row["conversation"], row["label"], *done)
            continue
        question, said = said_by_customer(before)
        claim = claim_of(piece, question)
        hits = corpus.retrieve(claim.reading, scope, question=question)
        judgement = judge_claim(
            claim,
            question=question,
            hits=hits,
            facts=facts_from_messages(before),
            said=said,
            verifier=verifier,
        )
        ruling = decide(judgement, ROUTE)
        yield Sentence(row["conversation"], row["label"], ruling.action.word, row["text"], ruling.reason)


def piece_at(answer: str, start: int, end: int) -> Segment | None:
    """The segment that shares most with the labelled sentence."""
    overlaps = [(min(end, piece.end) - max(start, piece.start), piece) for piece in segment(answer)]
    shared, piece = max(overlaps, key=lambda overlap: overlap[0])
    return piece if shared > 0 else None


def said_by_customer(messages: list[dict[str, Any]]) -> tuple[str | None, tuple[str, ...]]:
    said = tuple(str(message["content"]) for message in messages if message["role"] == "user")
    return (said[-1] if said else None), said


if __name__ == "__main__":
    main()
