"""The verifier alone: claims judged in this process as fast as its threads can, without a proxy around them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from time import perf_counter, thread_time

from proxy.corpus.corpus import Corpus, build_corpus
from proxy.corpus.documents import Scope
from proxy.grounding.claims.kinds import claim_of
from proxy.grounding.judging import PASSAGES, judge_claim
from proxy.grounding.policy.verifier import PolicyVerifier
from proxy.grounding.text.language import is_measured, read_model
from proxy.grounding.text.segments import Segment, segment
from proxy.grounding.types import Verifier
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel

CORPUS = Path(__file__).parents[2] / "policy_corpus"
QUESTION = "What applies?"


@dataclass(slots=True)
class Alone:
    """Seconds: on the wall, of the processors, and of the judging threads by step."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    claims: int = 0
    steps_s: Counter[str] = field(default_factory=Counter)


@cache
def parts() -> tuple[Corpus, Verifier]:
    """Made once a process; what was judged before is remembered, as it is in a proxy."""
    read_model()
    embedder = Embedder.load()
    return build_corpus(CORPUS, embedder), PolicyVerifier(embedder.embed, EntailmentModel.load())


def judge_alone(answers: Sequence[str], threads: int) -> Alone:
    """Judge every claim of the answers, ``threads`` at a time."""
    corpus, verifier = parts()
    found = Alone()
    pieces = [(piece, text) for text in answers for piece in segment(text)]
    begun, used = perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        for steps in pool.map(lambda each: _steps(*each, corpus, verifier), pieces):
            found.steps_s += steps
    found.wall_s, found.cpu_s = perf_counter() - begun, time.process_time() - used
    found.claims = len(pieces)
    return found


def _steps(piece: Segment, text: str, corpus: Corpus, verifier: Verifier) -> Counter[str]:
    """One claim as the guard judges it; the thread's own seconds by step."""
    begun = thread_time()
    claim = claim_of(piece, QUESTION)
    is_measured(text[: piece.end], piece.text)
    read = thread_time()
    hits = corpus.retrieve(claim.reading, Scope(datetime.now(UTC)), PASSAGES, question=QUESTION)
    brought = thread_time()
    judge_claim(claim, question=QUESTION, hits=hits, facts=(), said=(), verifier=verifier)
    judged = thread_time()
    return Counter(reading=read - begun, retrieval=brought - read, verdict=judged - brought)
