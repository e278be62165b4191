"""From a classifier's labels and scores to a verdict; shared by what runs here and what runs behind an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.grounding.types import Claim, Label, Verdict, VerifierError
from proxy.verifiers.windows import Window, evidence_for

THRESHOLD = 0.65  # of P(supported); the same bar as the built-in verifier's
NOTHING_FOUND = Verdict(Label.UNSUPPORTED, 0.02, "no official document in force speaks of this")
_CONTRADICTED = 0.5  # of P(contradiction)
_ENTAILED = frozenset("entailment entails entailed supported supports support consistent".split())
_DENIED = frozenset("contradiction contradicts contradicted contradictory refuted refutes refute".split())


@dataclass(frozen=True, slots=True)
class Roles:
    """Which of a classifier's outputs says "entailed" and which "contradicted"; None where it has none for that."""

    entailed: int
    denied: int | None


@dataclass(frozen=True, slots=True)
class Score:
    """What a model says of one window and the claim; ``denied`` is 0 for models without such a label."""

    entailed: float
    denied: float = 0.0


def roles_of(labels: Sequence[str], model: str) -> Roles:
    """The roles by the labels' names, in the model's own order. Raises VerifierError for names that say nothing."""
    names = [label.strip().lower().replace("-", "_") for label in labels]
    entailed = [index for index, name in enumerate(names) if name in _ENTAILED]
    denied = [index for index, name in enumerate(names) if name in _DENIED]
    if len(entailed) != 1 or len(denied) > 1:
        listed = ", ".join(labels)
        raise VerifierError(
            f"the model {model} has the labels {listed}; one of them must be called entailment (id2label in its "
            "config.json)"
        )
    return Roles(entailed[0], denied[0] if denied else None)


def verdict_of(claim: Claim, windows: Sequence[Window], scores: Sequence[Score], who: str) -> Verdict:
    """The best window decides: supported from THRESHOLD on, else contradicted where one says so clearly."""
    best = max(range(len(windows)), key=lambda index: scores[index].entailed)
    worst = max(range(len(windows)), key=lambda index: scores[index].denied)
    entailed, denied = scores[best].entailed, scores[worst].denied
    raw = {"entailed": entailed, "denied": denied, "windows": float(len(windows))}
    quote = (evidence_for(claim.reading or claim.text, windows[best]),)
    if entailed >= THRESHOLD:
        return Verdict(Label.SUPPORTED, entailed, f"{who} reads the policy as saying so", quote, raw)
    if denied >= _CONTRADICTED and denied > entailed:
        against = (evidence_for(claim.reading or claim.text, windows[worst]),)
        return Verdict(Label.CONTRADICTED, entailed, f"{who} reads the policy as denying this", against, raw)
    return Verdict(Label.UNSUPPORTED, entailed, f"{who} does not find this in the policy", quote, raw)
