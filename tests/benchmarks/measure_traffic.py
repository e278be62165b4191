"""How the judge treats a real agent: recorded airline conversations, sentence by sentence, by what each one is.

    python tests/benchmarks/measure_traffic.py DATA/traffic

The folder holds ``airline_policy.md``, ``airline_conversations.jsonl.gz`` and ``airline_sentences.jsonl`` (labelled).
Prints, per label, how many sentences would be delivered; false alarms are the right ones that would not.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proxy.actions.decide import Action, decide
from proxy.context.tool_results import facts_from_messages
from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.reading import read_content
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import judge_claim
from proxy.grounding.policy.verifier import LexicalSemanticVerifier
from proxy.grounding.text.segments import Segment, segment
from proxy.models.embedder import Embedder
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
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for label, action, text, reason in judged_sentences(arguments.folder):
        counts[label][action] += 1
        if arguments.show and label in RIGHT and action != "deliver":
            print(f"  {label}: {action}: {text!r}: {reason}")
    for label, actions in sorted(counts.items()):
        n = sum(actions.values())
        print(f"{label:20} n={n:4}  delivered {actions['deliver'] / n:.3f}  {dict(actions)}")


def judged_sentences(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """(label, what would be done, text, why) of every labelled sentence."""
    embedder = Embedder.load()
    policy = read_content("airline_policy.md", (folder / "airline_policy.md").read_bytes())
    corpus, verifier = Corpus([policy], embedder), LexicalSemanticVerifier(embedder.embed)
    scope = Scope(datetime.now(UTC))
    with gzip.open(folder / "airline_conversations.jsonl.gz", "rt", encoding="utf-8") as file:
        conversations = {row["id"]: row["messages"] for row in map(json.loads, file)}
    for row in map(json.loads, (folder / "airline_sentences.jsonl").open(encoding="utf-8")):
        before = conversations[row["conversation"]][: row["message"]]
        answer = conversations[row["conversation"]][row["message"]]["content"]
        piece = piece_at(answer, row["start"], row["end"])
        if piece is None:
            yield row["label"], Action.DELIVER.word, row["text"], "lies outside every segment"
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
        yield row["label"], ruling.action.word, row["text"], ruling.reason


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
