"""What the judge model has said before, by content, and whether it is worth asking at the moment."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Verdict

FAILURES = 5  # in a row, then nobody waits for the model for a while
PAUSE_S = 30.0


def content_key(claim: Claim, question: str | None, hits: Sequence[Hit], judge: str) -> str:
    """The hash of all that the answer depends on: claim, question, passages in their order, model and prompt."""
    passages = [
        [hit.passage.id, hit.passage.document.content_hash, hit.passage.section, hit.passage.reading]
        for hit in hits
    ]
    content = json.dumps([judge, claim.reading or claim.text, question, passages])
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass(slots=True)
class Remembered:
    """The last ``most`` verdicts by content, in this worker's memory. Thread-safe."""

    most: int
    _verdicts: OrderedDict[str, Verdict] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> Verdict | None:
        with self._lock:
            verdict = self._verdicts.get(key)
            if verdict is not None:
                self._verdicts.move_to_end(key)
            return verdict

    def put(self, key: str, verdict: Verdict) -> None:
        with self._lock:
            self._verdicts[key] = verdict
            self._verdicts.move_to_end(key)
            while len(self._verdicts) > self.most:
                self._verdicts.popitem(last=False)


@dataclass(slots=True)
class Pause:
    """After FAILURES in a row nobody asks for PAUSE_S; then one does, and a success ends it. Thread-safe."""

    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _until: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def is_on(self) -> bool:
        with self._lock:
            if self._failures < FAILURES:
                return False
            if self.clock() < self._until:
                return True
            self._until = self.clock() + PAUSE_S  # this caller tries; the others wait for what it finds
            return False

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._until = self.clock() + PAUSE_S

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0
