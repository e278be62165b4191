"""Runs under the ``proxy`` package of ``first_verifier.COMMIT``: cases come in and verdicts leave, pickled."""

from __future__ import annotations

import pickle
import sys

from proxy.grounding.policy.verifier import LexicalSemanticVerifier
from proxy.grounding.types import Fact
from proxy.models.embedder import Embedder


def main() -> None:
    verifier = LexicalSemanticVerifier(Embedder.load().embed)
    _tell(verifier.version)
    while True:
        try:
            claim, question, hits, facts = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        known = [Fact("tool", text) for text in facts]
        verdict = verifier.verify(claim, question=question, hits=hits, facts=known)
        _tell((verdict.confidence, verdict.label.value))


def _tell(told: object) -> None:
    pickle.dump(told, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
