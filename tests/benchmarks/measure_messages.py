"""How well the signs of customers' messages are recognised: the labelled messages, open cases' topics, time, traffic.

    PYTHONPATH=tests python tests/benchmarks/measure_messages.py [--data DATA]

Rates have exact (Clopper-Pearson) 95% intervals. The time is beside that of judging one claim of the shipped corpus. Of
recorded conversations, and of the labelled answers' questions, which policy answers, it prints how many have each sign,
and the messages that would be handed over.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import yaml
from benchmarks.quality.tables import Table
from scipy.stats import binomtest

from proxy.corpus.corpus import build_corpus
from proxy.corpus.documents import Scope
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import judge_claim
from proxy.grounding.messages.signs import MessageSigns, signs_of
from proxy.grounding.messages.topics import same_topic
from proxy.grounding.policy.verifier import PolicyVerifier
from proxy.grounding.text.segments import segment
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY / "tests" / "data"
SIGNS = ("wants_person", "is_complaint", "about_account")
HELD_OUT = ("held_out", "test", "fresh")


class Rate(NamedTuple):
    """How many of how many, with a 95% interval when it is written."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else float("nan")

    def __str__(self) -> str:
        if not self.of:
            return "-"
        interval = binomtest(self.hits, self.of).proportion_ci(0.95, method="exact")
        return f"{self.hits} of {self.of}: {self.share:.0%} [{interval.low:.0%}, {interval.high:.0%}]"


class Message(NamedTuple):
    row: dict[str, Any]
    signs: MessageSigns

    def has(self, sign: str) -> bool:
        return bool(self.row[sign])

    def shows(self, sign: str) -> bool:
        return bool(getattr(self.signs, sign))


def rows_of(name: str, split: str) -> list[dict[str, Any]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["split"] == split]


def read_messages(split: str, embedder: Embedder) -> list[Message]:
    rows = rows_of("customer_messages.jsonl", split)
    return [Message(row, signs_of(row["text"], embedder.embed)) for row in rows]


def found(messages: Sequence[Message], sign: str) -> Rate:
    """Of the messages with the sign, those in which it is seen."""
    having = [each.shows(sign) for each in messages if each.has(sign)]
    return Rate(sum(having), len(having))


def false_alarms(messages: Sequence[Message], sign: str) -> Rate:
    """Of the messages without the sign, those in which it is seen all the same."""
    lacking = [each.shows(sign) for each in messages if not each.has(sign)]
    return Rate(sum(lacking), len(lacking))


def topic_rates(split: str, embedder: Embedder) -> tuple[Rate, Rate]:
    """Messages about the case that are seen to be, and others that are taken for such."""
    rows = rows_of("case_topics.jsonl", split)
    taken = [same_topic(row["text"], [row["case"]], embedder.embed) for row in rows]
    about = [seen for row, seen in zip(rows, taken, strict=True) if row["same"]]
    other = [seen for row, seen in zip(rows, taken, strict=True) if not row["same"]]
    return Rate(sum(about), len(about)), Rate(sum(other), len(other))


def signs_table(split: str, embedder: Embedder) -> Table:
    messages, rows = read_messages(split, embedder), []
    for sign in SIGNS:
        for domain in ("all", *sorted({each.row["domain"] for each in messages})):
            part = [each for each in messages if domain in ("all", each.row["domain"])]
            rows.append([sign, domain, found(part, sign), false_alarms(part, sign)])
    return Table(f"signs of messages, {split}", ["sign", "domain", "found", "false alarms"], rows)


def cost_table(embedder: Embedder) -> Table:
    """Milliseconds of processor time: the signs of a message, and judging one claim with what is found for it."""
    texts = [row["text"] for row in rows_of("customer_messages.jsonl", "test")]
    corpus = build_corpus(REPOSITORY / "policy_corpus", embedder)
    verifier, scope = PolicyVerifier(embedder.embed, EntailmentModel.load()), Scope(datetime.now(UTC))
    cases = yaml.safe_load((DATA / "unseen_corpus_cases.yaml").read_text(encoding="utf-8"))

    def judge(text: str) -> None:
        claim = claim_of(segment(text)[0], None)
        hits = corpus.retrieve(claim.reading, scope)
        judge_claim(claim, question=None, hits=hits, facts=(), said=(), verifier=verifier)

    signs_of("What is the baggage limit?", embedder.embed)  # reads the weights
    signs = _spent_ms(lambda text: signs_of(text, embedder.embed), texts)
    claims = _spent_ms(judge, [case["claim"] for case in cases])
    ratio = median(claims) / median(signs)
    return Table(
        "processor time",
        ["", "median, ms"],
        [["signs of a message", f"{median(signs):.1f}"], ["judging a claim", f"{median(claims):.1f}"]],
        f"A claim takes {ratio:.0f} times as long.",
    )


def _spent_ms(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    spent = []
    for text in texts:
        start = time.process_time()
        work(text)
        spent.append((time.process_time() - start) * 1e3)
    return spent


def recorded(folder: Path) -> Iterator[str]:
    """What customers wrote in the recorded conversations, without the mark that ends them."""
    with gzip.open(folder / "airline_conversations.jsonl.gz", "rt", encoding="utf-8") as file:
        for conversation in map(json.loads, file):
            for message in conversation["messages"]:
                text = (message.get("content") or "").replace("###STOP###", "").strip()
                if message["role"] == "user" and text:
                    yield text


def questions(folder: Path) -> Iterator[str]:
    """The questions of the labelled claims and answers, each once: policy has something to say to all of them."""
    names = [
        f"policy_{kind}.{part}.jsonl" for kind in ("claims", "answers") for part in ("train", "dev", "test")
    ]
    rows = (json.loads(line) for name in names for line in (folder / name).open(encoding="utf-8"))
    yield from dict.fromkeys(row["question"] for row in rows if row["question"])


def seen_table(title: str, texts: Sequence[str], embedder: Embedder) -> Table:
    seen = [(text, signs_of(text, embedder.embed)) for text in texts]
    for text, signs in seen:
        if signs.wants_person or signs.is_complaint:
            print("person" if signs.wants_person else "complaint", repr(text))
    rows = [[sign, Rate(sum(getattr(signs, sign) for _, signs in seen), len(seen))] for sign in SIGNS]
    return Table(title, ["sign", "messages that have it"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    embedder = Embedder.load()
    cost = cost_table(embedder)  # before the embedder has seen the messages
    for split in HELD_OUT:
        print(signs_table(split, embedder).markdown())
    about, other = topic_rates("test", embedder)
    print(f"about the open case: found {about}; false alarms {other}\n")
    print(cost.markdown())
    if arguments.data:
        traffic = list(recorded(arguments.data / "traffic"))
        print(seen_table("recorded airline conversations", traffic, embedder).markdown())
        print(seen_table("questions of policy", list(questions(arguments.data)), embedder).markdown())


if __name__ == "__main__":
    main()
