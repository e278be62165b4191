"""The built-in judge: typed values, polarity, alignment and a trained entailment model, in one calibrated number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.corpus.documents import Hit
from proxy.grounding.policy.alignment import Aligned
from proxy.grounding.policy.alterations import Alteration, Change
from proxy.grounding.policy.confidence import ConfidenceModel, model_from_json
from proxy.grounding.policy.conflicts import Conflict, ConflictKind
from proxy.grounding.policy.features import Embed, Entail, Reading, read
from proxy.grounding.policy.missing import missing_in_words, values_in_words
from proxy.grounding.text.markdown_lines import plain
from proxy.grounding.types import Claim, Evidence, Fact, Label, Verdict
from proxy.models.entailment import EntailmentModel
from proxy.models.shipped import confidence_json

# On natural sentences of unseen companies this passes 96% of the true ones and stops two of three false ones
# (docs/quality.md). Routes may ask for more before they deliver (``confidence`` in policies/).
THRESHOLD = 0.65
CONTRADICTED = 0.8  # of the entailment model's three classes, where the sentence is not supported
VERBATIM = 0.97  # P(supported) of what stands in the policy word for word
NOTHING_FOUND = 0.02  # P(supported) where no passage in force has a word to say

# How much of the claim (for a case: of the policy's sentence) a conflict must speak of to be the reason.
_ON_TOPIC = 0.3
# Conflicts that decide against the claim whatever the model says, from that strength on. Of the training sentences
# with such a conflict of values 69% are false (n=124), with a case ruled out 80% (n=10); bounds, places and what is
# forbidden are set high, because they are rare.
_HARD = {
    ConflictKind.VALUE: 0.5,
    ConflictKind.BOUND: 0.9,
    ConflictKind.CASE: 0.5,
    ConflictKind.PLACE: 0.6,
    ConflictKind.FORBIDDEN: 0.8,
}
_DENIALS = frozenset({ConflictKind.DENIAL, ConflictKind.POLARITY})
# How far the policy's denial must fit the claim's object better than anything that agrees; of natural training
# sentences with such a denial 70% are false (n=20). A value is misplaced where another one
# fits its words that much better.
_OPPOSED = 0.3
_MISBOUND = 0.3
_BOUND = 0.2  # a lower fit is a value that stands somewhere by accident
_RIVAL_FIT = 0.5  # of a value that may be named as the right one
_HARD_CONFIDENCE = 0.3  # about the share of true ones among them
_KIND_OF_CHANGE = {
    Change.VALUE: ConflictKind.VALUE,
    Change.BOUND: ConflictKind.BOUND,
    Change.ORDER: ConflictKind.ORDER,
    Change.MODALITY: ConflictKind.MODALITY,
    Change.NEGATION: ConflictKind.POLARITY,
}
_LONGEST_QUESTION = 2_000


class PolicyVerifier:
    """Judges a claim against passages. Pure: the same arguments give the same verdict, its models being pure.

    ``embed`` maps a text to a unit vector. ``confidence`` is
    P(supported); ``supported`` needs THRESHOLD of it and no hard conflict; ``contradicted`` needs a typed conflict
    with a passage on the topic, or the entailment model. Threads may share it.
    """

    name = "builtin"

    def __init__(
        self, embed: Embed, entailment: EntailmentModel, confidence: ConfidenceModel | None = None
    ) -> None:
        self._embed = embed
        self._entail: Entail = entailment.judge
        self._confidence = confidence or model_from_json(confidence_json())
        self.version = f"3-{self._confidence.version}-{entailment.version}"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        """The verdict on one policy claim, with the deciding sentence of the policy first in its evidence."""
        asked = (question or "")[:_LONGEST_QUESTION] or None
        text, known = claim.reading or claim.text, [fact.text for fact in facts]
        reading = read(text, asked, hits, self._embed, self._entail, facts=known)
        if reading is None:
            return Verdict(Label.UNSUPPORTED, NOTHING_FOUND, "no official document in force speaks of this")
        # Also where a conflict decides, the entailment model has a say: in how low the confidence is. Without asking it
        # the same number comes out in 2 of 397 natural sentences at most (policy_answers.dev).
        probability = self._confidence.probability(reading.features)
        if reading.verbatim is not None:
            return _verbatim(probability, reading.verbatim, reading)
        hard = _hard_conflict(reading)
        if hard is not None:
            return _overruled(_contradicted(hard, min(probability, _HARD_CONFIDENCE), reading), probability)
        if reading.groundless:
            return _without_ground(min(probability, _HARD_CONFIDENCE), reading, text)
        if probability >= THRESHOLD:
            return _supported(probability, reading)
        conflict = _deciding(reading, {}, _ON_TOPIC)
        if conflict is not None:
            return _contradicted(conflict, probability, reading)
        if reading.entailment.contradicted >= CONTRADICTED:
            return _contradicted(_read_against(reading), probability, reading)
        return _unsupported(probability, reading, missing_in_words(reading, text, hits))


def _read_against(reading: Reading) -> Conflict:
    """What the entailment model decides has no typed reason; the reason says no more than that."""
    reason = f"read beside the policy, the answer goes against it; the closest sentence: “{reading.closest.line.text}”"
    return Conflict(ConflictKind.DENIAL, reading.closest, reason, reading.entailment.contradicted)


def _hard_conflict(reading: Reading) -> Conflict | None:
    return (
        _deciding(reading, _HARD, 2.0)
        or _denied(reading)
        or _ruled_out(reading)
        or _misbound(reading)
        or _repeated(reading)
        or _altered(reading)
    )


def _deciding(reading: Reading, least: Mapping[ConflictKind, float], otherwise: float) -> Conflict | None:
    """The strongest conflict of enough strength; a case that policy rules out is the reason before any number is."""
    found = [
        each
        for each in reading.conflicts
        if each.strength >= least.get(each.kind, otherwise) and not _only_introduces(each)
    ]
    return next((each for each in found if each.kind is ConflictKind.CASE), found[0] if found else None)


def _only_introduces(conflict: Conflict) -> bool:
    """A line such as "Checked bags:" affirms nothing that could be denied."""
    return conflict.kind in _DENIALS and conflict.line.line.text.rstrip().endswith(":")


def _denied(reading: Reading) -> Conflict | None:
    """The policy denies the very thing that the claim allows."""
    first = next((each for each in reading.opposed if each.by_policy), None)
    if first is None or first.strength < _OPPOSED:
        return None
    reason = f"the policy denies what the answer allows: “{first.line.line.text}”"
    return Conflict(ConflictKind.DENIAL, first.line, reason, first.strength)


def _ruled_out(reading: Reading) -> Conflict | None:
    """The policy rules out the very place or way that the claim names."""
    if reading.denied is None:
        return None
    reason = f"the policy rules this out: “{reading.denied.line.text}”"
    return Conflict(ConflictKind.DENIAL, reading.denied, reason, reading.denied.coverage)


def _misbound(reading: Reading) -> Conflict | None:
    """A value of the claim that policy has for another thing, and another one for this."""
    for each in reading.bindings:
        if (
            each.rival is not None
            and each.rival_line is not None
            and each.gap >= _MISBOUND
            and each.fit > _BOUND
        ):
            reason = f"for this the policy says {each.rival.quote}, the answer says {each.value.quote}"
            return Conflict(ConflictKind.PLACE, each.rival_line, reason, each.rival_fit)
    return None


def _repeated(reading: Reading) -> Conflict | None:
    if reading.once is None:
        return None
    reason = f"the answer repeats what the policy has once: “{reading.once.line.text}”"
    return Conflict(ConflictKind.BOUND, reading.once, reason, reading.once.coverage)


def _altered(reading: Reading) -> Conflict | None:
    """The policy's own sentence with one thing changed."""
    if not reading.altered:
        return None
    # A list's heading ("Who may sign up") puts its "may" before items that say no such word: it decides last.
    first = min(reading.altered, key=lambda one: one.change is Change.MODALITY)
    kind = _KIND_OF_CHANGE.get(first.change, ConflictKind.OPPOSITE)
    return Conflict(kind, first.line, _in_words(first), first.line.coverage)


def _in_words(altered: Alteration) -> str:
    line = altered.line.line.text
    if altered.change in (Change.CONDITION_DROPPED, Change.EXCEPTION_DROPPED):
        return f"the answer leaves out “{altered.policy}”, as the policy has it: “{line}”"
    if not altered.answer:
        return f"the policy says “{altered.policy}”, the answer leaves it out: “{line}”"
    if not altered.policy:
        return f"the answer puts in “{altered.answer}”, the policy says “{line}”"
    return f"the policy says “{altered.policy}”, the answer says “{altered.answer}”: “{line}”"


def _without_ground(probability: float, reading: Reading, claim: str) -> Verdict:
    """The claim states a value that nothing retrieved, asked or known does; a value in its place contradicts it."""
    # A denial somewhere near is hardly ever what is wrong with it: once in ten such claims of dev and train.
    typed = _deciding(reading, dict.fromkeys(_DENIALS, 2.0), _ON_TOPIC)
    if typed is not None:
        return _contradicted(typed, probability, reading)
    missing = reading.groundless[0]
    bound = next((each for each in reading.bindings if each.value == missing), None)
    if (
        bound is not None
        and bound.rival is not None
        and bound.rival_line is not None
        and bound.rival_fit >= _RIVAL_FIT
    ):
        reason = f"the policy says {bound.rival.quote}, the answer says {missing.quote}"
        conflict = Conflict(ConflictKind.VALUE, bound.rival_line, reason, bound.rival_fit)
        return _contradicted(conflict, probability, reading)
    reason = f"the policy passages found do not say {values_in_words(reading.groundless, claim)}"
    return _unsupported(probability, reading, reason)


def _verbatim(probability: float, line: Aligned, reading: Reading) -> Verdict:
    reason = f"the policy says so: “{line.line.text}”"
    return Verdict(Label.SUPPORTED, max(probability, VERBATIM), reason, _evidence([line]), reading.features)


def _supported(probability: float, reading: Reading) -> Verdict:
    lines = _carrying(reading)
    reason = "the policy says so: " + ", and ".join(f"“{each.line.text}”" for each in lines)
    return Verdict(Label.SUPPORTED, probability, reason, _evidence(lines), reading.features)


def _carrying(reading: Reading) -> list[Aligned]:
    """The lines to quote for a claim: none that denies what it allows, unless there is no other."""
    against = {id(each.line) for each in reading.opposed}
    lines = [reading.best, *reading.adding]
    return [each for each in lines if id(each) not in against] or [reading.best]


def _contradicted(conflict: Conflict, probability: float, reading: Reading) -> Verdict:
    others = [line for line in (reading.best,) if line is not conflict.line]
    return Verdict(
        Label.CONTRADICTED,
        probability,
        _with_sentence(conflict),
        _evidence([conflict.line, *others]),
        reading.features,
    )


def _overruled(verdict: Verdict, probability: float) -> Verdict:
    """Keeps what the models said where the code decided against it: a cascade asks where both are far apart."""
    return replace(verdict, scores={**verdict.scores, "overruled": probability})


def _with_sentence(conflict: Conflict) -> str:
    """The reason, with the sentence as it was read where the quote beside it is not it: a table row has its heads."""
    line = conflict.line.line
    if conflict.kind not in (ConflictKind.VALUE, ConflictKind.BOUND) or line.text in conflict.reason:
        return conflict.reason
    return conflict.reason if plain(line.quote) == line.text else f"{conflict.reason}: “{line.text}”"


def _unsupported(probability: float, reading: Reading, reason: str) -> Verdict:
    return Verdict(
        Label.UNSUPPORTED,
        probability,
        reason,
        _evidence([reading.closest]),
        reading.features,
    )


def _evidence(lines: Sequence[Aligned]) -> tuple[Evidence, ...]:
    """Verbatim quotes, each once, in order."""
    found: dict[tuple[str, str], Evidence] = {}
    for aligned in lines:
        passage = aligned.line.hit.passage
        evidence = Evidence(
            document=passage.document.id,
            section=passage.section,
            quote=aligned.line.quote,
            url=passage.document.source,
            title=passage.document.title,
            passage_id=passage.id,
        )
        found.setdefault((passage.id, evidence.quote), evidence)
    return tuple(found.values())
