"""How much later a guarded stream leaves than an unguarded one, over real sockets.

    make bench-stream [ARGS="--answers 30 --out build/bench/stream"]

A provider on loopback sends answers of eight claims at 50 tokens a second. The claims are sentences of the shipped
corpus with two words before them, and none comes twice: nothing is remembered of them. A ``cxai serve`` process stands
before it, and a client reads each answer through the guard and with ``mode: off``, in turns. Provider and client share
a clock.

``first sentence``: from the token that settles where the first sentence ends (the one after its full stop) to the
client having read the sentence. ``end``: from the last token to the client having read
``[DONE]``; in between the last sentence is judged and the record is made durable. With ``mode: off`` the same is
measured for the bytes as they pass. Answers in which something was replaced are counted and left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx
import numpy as np
from benchmarks.quality.tables import Table, write_tables
from support.asgi import lifespan
from support.serving import served

from proxy.corpus.documents import Scope
from proxy.corpus.reading import read_content
from proxy.corpus.validity import Calendar
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.text.segments import Segmenter, SegmentKind, segment
from proxy.grounding.types import ClaimKind
from proxy.loopback import running_proxy

CORPUS = Path(__file__).parents[2] / "policy_corpus"
CLAIMS_OF_AN_ANSWER = 8
TOKENS_PER_S = 50
WARM_UP = 2
WORDS = range(7, 26)  # of a claim
ROUTES = "routes:\n  - {name: unguarded, match: {model: 'off'}, mode: 'off'}\n  - {name: guarded}\n"
JsonObject = dict[str, Any]


@dataclass(slots=True)
class Provider:
    """An ASGI app that says ``answer``, token by token; ``sent_at`` has the time of each."""

    answer: Sequence[str] = ()
    sent_at: list[float] = field(default_factory=list)

    async def __call__(self, scope: JsonObject, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        begun, self.sent_at = perf_counter(), []
        for number, token in enumerate(self.answer):
            await asyncio.sleep(max(0.0, begun + number / TOKENS_PER_S - perf_counter()))
            self.sent_at.append(perf_counter())
            await send(_body(_chunk({"content": token})))
        await send(_body(_chunk({}, "stop") + b"data: [DONE]\n\n", more=False))


@dataclass(frozen=True, slots=True)
class Lateness:
    """Milliseconds after the token; ``decision`` is None where nothing was decided."""

    first_sentence: float
    end: float
    decision: str | None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=20, help="how many answers, each read twice")
    parser.add_argument("--out", type=Path, help="write OUT.md and OUT.json too")
    options = parser.parse_args()
    tables = [table(*measure(options.answers))]
    for each in tables:
        print(each.markdown(), flush=True)
    if options.out:
        write_tables(options.out, tables)


def measure(answers: int) -> tuple[list[Lateness], list[Lateness]]:
    """Guarded and unguarded, the same answers in the same order."""
    texts = answers_of(claims())
    guarded: list[Lateness] = []
    unguarded: list[Lateness] = []
    provider = Provider()
    with tempfile.TemporaryDirectory() as folder, served(provider) as upstream:
        (Path(folder) / "routes.yaml").write_text(ROUTES, encoding="utf-8")
        arguments = ["--upstream", f"{upstream}/v1", "--corpus", str(CORPUS), "--policies", folder]
        ledger = ["--database-url", f"sqlite:///{folder}/ledger.db", "--port", "0"]
        with (
            running_proxy([*arguments, *ledger], folder=Path(folder)) as proxy,
            httpx.Client(base_url=proxy.url, timeout=60, trust_env=False) as client,
        ):
            for number in range(-WARM_UP, answers):
                text = next(texts)
                for model, found in (("guarded", guarded), ("off", unguarded)):
                    late = read(client, provider, text, model)
                    if number >= 0:
                        found.append(late)
    return guarded, unguarded


def read(client: httpx.Client, provider: Provider, text: str, model: str) -> Lateness:
    """One answer, read to its end."""
    provider.answer = tokens = tokens_of(text)
    sentence, settled = first_sentence(tokens)
    # A guarded sentence leaves as a whole; unguarded, the token itself is what arrives.
    awaited = len(sentence) if model == "guarded" else len("".join(tokens[: settled + 1]))
    body = {"model": model, "messages": [{"role": "user", "content": "What applies?"}], "stream": True}
    said, first_at, decision = "", 0.0, None
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line == "data: [DONE]":
                break
            if line.startswith("data: "):
                chunk = json.loads(line[6:])
                said += "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])
                decision = chunk["cxai"]["decision"] if "cxai" in chunk else decision
                first_at = first_at or (perf_counter() if len(said) >= awaited else 0.0)
        ended_at = perf_counter()
    sent_at = provider.sent_at
    return Lateness((first_at - sent_at[settled]) * 1000, (ended_at - sent_at[-1]) * 1000, decision)


def claims() -> list[str]:
    """Sentences of the documents in force that are claims about policy."""
    read = [read_content(file.name, file.read_bytes()) for file in sorted(CORPUS.rglob("*.md"))]
    calendar, now, found = Calendar([one.document for one in read]), Scope(datetime.now(UTC)), []
    in_force = {document.id for document in calendar.in_force(now)}
    for passage in (passage for one in read if one.document.id in in_force for passage in one.passages):
        pieces = [piece for piece in segment(passage.text) if piece.kind is SegmentKind.SENTENCE]
        found += [piece.reading for piece in pieces if is_claim(piece.reading)]
    return list(dict.fromkeys(found))


def is_claim(text: str) -> bool:
    pieces = segment(text)
    is_whole = len(pieces) == 1 and text[0].isupper() and text.endswith(".") and len(text.split()) in WORDS
    return is_whole and claim_of(pieces[0], None).kind is ClaimKind.POLICY


def answers_of(sentences: list[str]) -> Iterator[str]:
    """Answers of eight claims, in an order that is always the same. Raises ValueError where there are no more."""
    random.Random(7).shuffle(sentences)
    for at in range(0, len(sentences) - CLAIMS_OF_AN_ANSWER + 1, CLAIMS_OF_AN_ANSWER):
        yield " ".join(f"Please note: {one}" for one in sentences[at : at + CLAIMS_OF_AN_ANSWER])
    raise ValueError(f"the corpus has no more than {len(sentences)} claims; ask for fewer answers")


def tokens_of(text: str) -> list[str]:
    """Pieces as a model's tokens are: a word with the space before it, a long word in two or more."""
    return re.findall(r"\s*\S{1,6}", text)


def first_sentence(tokens: Sequence[str]) -> tuple[str, int]:
    """The sentence, and the number of the token after which its end is certain."""
    segmenter = Segmenter()
    for number, token in enumerate(tokens):
        if pieces := segmenter.feed(token):
            return pieces[0].text, number
    raise ValueError("the answer has one sentence only")


def table(guarded: Sequence[Lateness], unguarded: Sequence[Lateness]) -> Table:
    plain = [number for number, late in enumerate(guarded) if late.decision == "deliver"]
    decisions = Counter(late.decision for late in guarded)
    rows = []
    for name, of in (("first sentence", "first_sentence"), ("end", "end")):
        with_guard = [getattr(guarded[number], of) for number in plain]
        without = [getattr(unguarded[number], of) for number in plain]
        (p50, p99), (off50, off99) = np.percentile(with_guard, [50, 99]), np.percentile(without, [50, 99])
        rows.append([name, f"{p50:.1f}", f"{p99:.1f}", f"{off50:.1f}", f"{off99:.1f}", f"{p50 / off50:.1f}"])
    told = ", ".join(f"{count} {decision}" for decision, count in decisions.most_common())
    return Table(
        "milliseconds after the token",
        ["what leaves", "p50", "p99", "p50, mode: off", "p99, mode: off", "p50 / off"],
        rows,
        note=f"{len(plain)} of {len(guarded)} answers of {CLAIMS_OF_AN_ANSWER} claims ({told}), "
        f"{TOKENS_PER_S} tokens a second.",
    )


def _body(content: bytes, *, more: bool = True) -> JsonObject:
    return {"type": "http.response.body", "body": content, "more_body": more}


def _chunk(delta: JsonObject, finish: str | None = None) -> bytes:
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode()


if __name__ == "__main__":
    main()
