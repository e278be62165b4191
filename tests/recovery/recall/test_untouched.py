"""What no changed passage speaks of is not judged again, and comes to the same as if it were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from support.told import BEGAN, TODAY, told

from proxy.corpus.corpus import Corpus
from proxy.corpus.reading import read_content
from proxy.grounding.policy.verifier import PolicyVerifier
from proxy.grounding.text.segments import segment
from proxy.grounding.types import Verdict
from proxy.ledger.recall.records import Outcome
from proxy.ledger.records import DecisionRecord
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel
from proxy.recovery.recall.rechecking import Rechecker

DOCUMENTS = {
    name: f"# {name.capitalize()}\n\n" + "\n\n".join(sentences)
    for name, sentences in {
        "refunds": ("Refunds are paid within 30 days of the return.", "Every refund needs the receipt."),
        "bags": (
            "A cabin bag may weigh up to 8 kg.",
            "A second checked bag costs $40.",
            "Lost bags are paid for.",
        ),
        "pets": ("A small pet may weigh up to 8 kg with its bag.", "A pet in the cabin costs $60 each way."),
        "seats": ("A seat can be chosen for $12.", "A seat by the exit costs $40.", "No children sit there."),
        "meals": (
            "A hot meal is served on flights above 3 hours.",
            "Special meals are ordered a day before.",
        ),
        "points": (
            "Points expire after 24 months.",
            "A flight brings 500 points.",
            "Points pay for a hotel.",
        ),
        "changes": (
            "A name is changed for $30.",
            "A date is changed for $50.",
            "Nothing is changed after departure.",
        ),
        "lounge": (
            "The lounge opens at six.",
            "A guest pays $35 in the lounge.",
            "Showers are free in the lounge.",
        ),
    }.items()
}
CHANGED = {**DOCUMENTS, "pets": DOCUMENTS["pets"].replace("up to 8 kg with", "up to 6 kg together with")}
SAID = (
    "Refunds are paid within 30 days of the return.",
    "A cabin bag may weigh up to 8 kg.",
    "A second checked bag costs $40.",
    "A small pet may weigh up to 8 kg with its bag.",
    "A seat by the exit costs $40.",
    "A seat can be chosen for $90.",
)


@dataclass
class Counted:
    """The verifier, and how often it was asked."""

    verifier: PolicyVerifier
    asked: int = 0

    @property
    def version(self) -> str:
        return self.verifier.version

    def verify(self, *arguments: Any, **more: Any) -> Verdict:
        self.asked += 1
        return self.verifier.verify(*arguments, **more)


@pytest.fixture(scope="module")
def verifier(embedder: Embedder) -> PolicyVerifier:
    return PolicyVerifier(embedder.embed, EntailmentModel.load())


def corpus_of(documents: Mapping[str, str], embedder: Embedder) -> Corpus:
    return Corpus([read_content(f"{name}.md", text.encode()) for name, text in documents.items()], embedder)


def judged_then(record: DecisionRecord, rechecker: Rechecker) -> DecisionRecord:
    """As the proxy of then recorded it: each sentence with the verdict that this verifier gave."""
    text = record.choices[0]["delivered_text"]
    claims = [
        {
            "start": piece.start,
            "end": piece.end,
            "action": "deliver",
            "verdict": rechecker.evidence(record, piece).verdict.label,
        }
        for piece in segment(text)
    ]
    choices = ({**record.choices[0], "claims": claims},)
    return replace(
        record, choices=choices, versions={**record.versions, "verifier": rechecker.verifier.version}
    )


@pytest.mark.parametrize("today", [CHANGED, {**CHANGED, "exits": "# Exits\n\nA seat by the exit costs $55."}])
def test_it_comes_to_the_same_as_judging_everything_again(
    today: Mapping[str, str], embedder: Embedder, verifier: PolicyVerifier
) -> None:
    then, now = corpus_of(DOCUMENTS, embedder), corpus_of(today, embedder)
    counted = Counted(verifier)
    rechecker = Rechecker(now, lambda _: then, counted, TODAY, {})
    of_then = Rechecker(then, lambda _: then, verifier, BEGAN, {})
    every = [told(f"r{number}", text, versions={"corpus": "then"}) for number, text in enumerate(SAID)]
    recorded = [judged_then(one, of_then) for one in every]
    cheap = [rechecker.answer(one) for one in recorded]
    asked = counted.asked
    anew = [rechecker.answer(one) for one in every]
    assert [(one.counts, one.found) for one in cheap] == [(one.counts, one.found) for one in anew]
    assert {outcome for one in cheap for outcome in one.counts} == set(Outcome) - {Outcome.NOT_KNOWN}
    assert asked < (counted.asked - asked) / 2
