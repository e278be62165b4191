"""A verifier whose mind is made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Verdict, VerifierError


@dataclass(slots=True)
class Saying:
    """A verifier that says the same of every claim, or always fails."""

    verdict: Verdict | None
    name: str = "saying"
    version: str = "1"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        if self.verdict is None:
            raise VerifierError("down")
        return self.verdict
