"""What the confidence model sees of a claim beside its passages: one number per feature, each with a name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proxy.corpus.documents import Hit
from proxy.grounding.policy.alignment import (
    LONGEST_LINE,
    Aligned,
    Line,
    Weights,
    align,
    heads_of,
    lines_of,
    weights_of,
)
from proxy.grounding.policy.allowing import Opposed, opposed, restrictions_near
from proxy.grounding.policy.alterations import Alteration, alterations_of, is_verbatim
from proxy.grounding.policy.binding import Binding, bindings_of
from proxy.grounding.policy.concepts import concepts_of
from proxy.grounding.policy.conflicts import Conflict, ConflictKind, conflicts_of
from proxy.grounding.policy.denied_places import denied_place
from proxy.grounding.policy.differences import (
    ValueStanding,
    contrast,
    scope_differences,
    value_standings,
)
from proxy.grounding.policy.edits import edits_between
from proxy.grounding.policy.groundless import groundless_values
from proxy.grounding.policy.overlap_features import overlap_features, word_set
from proxy.grounding.policy.polarity import stance_of
from proxy.grounding.policy.premise import hypothesis_of, premise_of
from proxy.grounding.policy.topics import topic_of, without_topic
from proxy.grounding.policy.value_features import (
    binding_features,
    gathering_features,
    groundless_features,
    value_features,
)
from proxy.grounding.policy.widening import once_only, widening_features
from proxy.grounding.text.words import words_of
from proxy.grounding.values.finding import Value
from proxy.models.entailment import Entailment

Embed = Callable[[str], NDArray[np.float32]]
Entail = Callable[[str, str], Entailment]  # of a premise and a hypothesis
CRITICAL: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "all": "all every any always each anyone everyone whole entire",
        "only": "only solely exclusively",
        "also": "also too additionally plus",
        "even": "even regardless",
        "never": "never none nobody nothing",
        "must": "must required mandatory need needs",
        "may": "may can could allowed",
        "or": "or either",
        "both": "both together",
        "automatic": "automatically automatic immediately instantly",
        "without": "without",
        "before": "before prior",
        "after": "after once following",
        "until": "until till",
        "unless": "unless except excluding",
        "if": "if provided when where",
        "free": "free",
        "because": "because since",
        "usually": "usually normally generally typically often",
        "online": "online website app portal",
        "phone": "phone call telephone line",
        "email": "email e-mail letter post form",
    }.items()
}
LONGEST_CLAIM = 2_000  # characters
LONGEST_GIVEN = 8_000
SAME_TOPIC = 0.85  # of the best line's coverage
ADDS = 0.2  # of the claim's weight: what a second line must add to be quoted too
LINES_EMBEDDED = 3
SUREST = 0.001  # what is nearer to 0 or 1 says no more
NEAR = 4
LINES_SHOWN = 12  # lines that may stand in for a claim
RIVAL = 0.95  # of the best line's coverage: what speaks of the claim as well


@dataclass(frozen=True, slots=True)
class Reading:
    """A claim read beside what retrieval brought.

    ``best`` is the line it aligns with, ``adding`` a second one that says what the first does not; ``unknown_words``
    are the claim's content words that no passage has, ``closest`` is the line nearest to claim and question
    together, ``groundless`` the claim's values that nothing states, ``bindings`` says
    where its values belong, ``opposed`` are lines that allow what it denies or deny what it
    allows, ``once`` one by which a thing happens once that it repeats, ``denied`` one that rules out its place or way.
    ``altered`` is what was changed in a line that the claim else repeats, ``verbatim`` one that it repeats unchanged.
    ``entailment`` is how the passages stand to the claim as the trained model reads them.
    """

    best: Aligned
    adding: tuple[Aligned, ...]
    standings: tuple[ValueStanding, ...]
    conflicts: tuple[Conflict, ...]
    unknown_words: tuple[str, ...]
    closest: Aligned
    groundless: tuple[Value, ...]
    bindings: tuple[Binding, ...]
    opposed: tuple[Opposed, ...]
    once: Aligned | None
    denied: Aligned | None
    altered: tuple[Alteration, ...]
    verbatim: Aligned | None
    entailment: Entailment
    features: dict[str, float]


def read(
    claim: str,
    question: str | None,
    hits: Sequence[Hit],
    embed: Embed,
    entail: Entail,
    *,
    facts: Sequence[str] = (),
) -> Reading | None:
    """Align the claim, let it be read and measure everything; None where the passages have no words.

    ``facts`` (tool results) may explain a value of the claim, as the question may; they prove no policy.
    """
    claim = claim[:LONGEST_CLAIM]
    lines = lines_of(hits)
    if not lines:
        return None
    weights = weights_of(lines)
    aligned = by_authority(align(claim, question, lines, weights))
    best = aligned[0]
    given = "\n".join([question or "", *facts])[:LONGEST_GIVEN]
    passage = best.line.hit.passage.reading
    binding = best.line.hit.passage.document.authority
    rivals = [
        each.line.text
        for each in aligned[1:]
        if each.coverage >= RIVAL * best.coverage and each.line.hit.passage.document.authority >= binding
    ]
    elsewhere = [hit.passage.reading for hit in hits if hit.passage is not best.line.hit.passage]
    standings = value_standings(claim, given, best.line.text, passage, rivals, elsewhere)
    conflicts = conflicts_of(claim, question, aligned, standings, weights)
    bindings = bindings_of(claim, question, aligned, weights)
    once = once_only(claim, aligned, weights)
    against = opposed(claim, question, aligned, weights)
    passages = [hit.passage.reading for hit in hits]
    deciding = best.line.hit.passage.document
    own = [hit.passage.reading for hit in hits if hit.passage.document is deciding]
    ungrounded = groundless_values(standings, given, passage, passages, own, bindings)
    entailment = entail(premise_of(aligned), hypothesis_of(claim, question))
    features = {
        **{f"conflict_{kind.value}": _strongest(conflicts, kind) for kind in ConflictKind},
        "denial_best": _strongest([each for each in conflicts if each.line is best], ConflictKind.DENIAL),
        "polarity_best": _strongest([each for each in conflicts if each.line is best], ConflictKind.POLARITY),
        **overlap_features(claim, question, aligned, hits, weights),
        **_semantic_features(claim, hits, aligned, embed),
        **value_features(standings, best.line.text, given),
        **gathering_features(claim, given, hits),
        **_edit_features(claim, best.line.text),
        **_critical_features(claim, best.line.text, question or ""),
        **_stance_features(claim, question, best.line, weights),
        **binding_features(bindings),
        "once_only": float(once is not None),
        **groundless_features(ungrounded),
        **_opposed_features(against, aligned, restrictions_near(claim, question, aligned, weights)),
        **widening_features(claim, question or "", best.line.text, passage, _near(aligned)),
        "entails": log_odds(entailment.supported),
        "contradicts": log_odds(entailment.contradicted),
    }
    return Reading(
        best,
        _adding(claim, aligned, weights),
        tuple(standings),
        tuple(conflicts),
        _unknown(claim, aligned),
        _closest(aligned),
        ungrounded,
        bindings,
        against,
        once,
        denied_place(claim, aligned),
        alterations_of(claim, question, aligned),
        _verbatim(claim, aligned),
        entailment,
        features,
    )


def log_odds(probability: float) -> float:
    """Rounded, so that what a fitted threshold decides is the same on machines that add up differently."""
    within = min(max(probability, SUREST), 1 - SUREST)
    return round(math.log(within / (1 - within)), 3)


def by_authority(aligned: Sequence[Aligned]) -> list[Aligned]:
    """The best line first; of lines that speak of the claim about as well, the one of the more binding document."""
    top = aligned[0]
    near = [top, *(each for each in aligned[1:] if _same_topic(each, top))]
    first = max(near, key=lambda each: (each.line.hit.passage.document.authority, each.score))
    return [first, *(each for each in aligned if each is not first)]


def _verbatim(claim: str, aligned: Sequence[Aligned]) -> Aligned | None:
    """The line that says the same in the same words, unless a more binding document speaks of it too."""
    binding = aligned[0].line.hit.passage.document.authority
    return next(
        (
            each
            for each in aligned[:NEAR]
            if each.line.hit.passage.document.authority >= binding and _says_the_same(claim, each.line)
        ),
        None,
    )


def _says_the_same(claim: str, line: Line) -> bool:
    if is_verbatim(claim, line.text):
        return True
    shorter = without_topic(claim, topic_of(line.hit.passage.heading_path))
    return shorter != claim and is_verbatim(shorter, line.text)


def _near(aligned: Sequence[Aligned]) -> str:
    """The passages of the lines next to the claim that say a good part of it."""
    passages = [each.line.hit.passage.reading for each in aligned[:NEAR] if each.coverage >= 0.4]
    return "\n".join(dict.fromkeys(passages))


def _closest(aligned: Sequence[Aligned]) -> Aligned:
    """The line to show in place of the claim: nearest to what was asked and answered, whatever its wording."""
    return max(
        aligned[:LINES_SHOWN],
        key=lambda each: each.topic + 0.5 * each.coverage + max(0.0, each.line.hit.semantic),
    )


def _same_topic(other: Aligned, top: Aligned) -> bool:
    """Values are left out of this: where documents disagree, they are what differs."""
    return other.coverage >= SAME_TOPIC * top.coverage and other.topic >= SAME_TOPIC * top.topic


def _adding(claim: str, aligned: Sequence[Aligned], weights: Weights) -> tuple[Aligned, ...]:
    """The line that covers most of what the best one leaves open, if that is a fifth of the claim."""
    terms = frozenset(concepts_of(claim))
    open_terms = terms - aligned[0].line.terms
    whole = weights.total(terms)
    if not whole or len(aligned) < 2:
        return ()
    second = max(aligned[1:], key=lambda each: weights.total(open_terms & each.line.terms))
    return (second,) if weights.total(open_terms & second.line.terms) / whole >= ADDS else ()


def _unknown(claim: str, aligned: Sequence[Aligned]) -> tuple[str, ...]:
    """The claim's content words that no passage has under any name of their concept, in order."""
    known = frozenset(term for each in aligned for term in each.line.terms | heads_of(each.line.hit))
    words = [word for word in words_of(claim) if (terms := concepts_of(word)) and not set(terms) & known]
    return tuple(dict.fromkeys(words))


def _strongest(conflicts: Sequence[Conflict], kind: ConflictKind) -> float:
    return max((conflict.strength for conflict in conflicts if conflict.kind is kind), default=0.0)


def _edit_features(claim: str, line: str) -> dict[str, float]:
    edits = edits_between(claim, line)
    return {
        "edit_content": float(min(edits.replaced_content, 2)),
        "edit_opposite": float(min(edits.replaced_opposite, 2)),
        "edit_critical": float(min(edits.critical, 3)),
        "edit_negation": float(min(edits.negations, 2)),
        "edit_kept": edits.kept,
        "edit_run": edits.longest_run,
        "edit_tail": edits.dropped_tail,
    }


def _critical_features(claim: str, passage: str, question: str) -> dict[str, float]:
    """Small words that change what a sentence says, in the claim and not in the passage."""
    mine, theirs = word_set(claim), word_set(passage) | word_set(question)
    return {
        f"adds_{name}": float(bool(mine & words) and not theirs & words) for name, words in CRITICAL.items()
    } | {
        f"drops_{name}": float(bool(theirs & words) and not mine & words) for name, words in CRITICAL.items()
    }


def _semantic_features(
    claim: str, hits: Sequence[Hit], aligned: Sequence[Aligned], embed: Embed
) -> dict[str, float]:
    vector = embed(claim)
    cosines = [float(vector @ embed(each.line.text[:LONGEST_LINE])) for each in aligned[:LINES_EMBEDDED]]
    scores = sorted((hit.semantic for hit in hits), reverse=True)
    return {
        "cosine_passage": scores[0],
        "cosine_second": scores[min(1, len(scores) - 1)],
        "cosine_line": cosines[0],
        "cosine_lines": max(cosines),
    }


def _stance_features(claim: str, question: str | None, best: Line, weights: Weights) -> dict[str, float]:
    line = best.text
    stances = contrast(claim, line, weights)
    scope = scope_differences(claim, question, line, best.hit.passage.reading, weights)
    flipped = stances.parity != (len(stances.words) % 2 == 1)
    mine, theirs = stance_of(claim), stance_of(line)
    return {
        "flipped": float(flipped),
        "flipped_overlap": float(flipped) * stances.overlap,
        "parity_overlap": float(stances.parity) * stances.overlap,
        "clause_overlap": stances.overlap,
        "claim_negated": float(mine.negated),
        "line_negated": float(theirs.negated),
        "free_differs": float(stances.free),
        "must_optional": float(stances.modality == "must-optional"),
        "must_may": float(stances.modality == "may-must"),
        "may_optional": float(stances.modality == "may-optional"),
        "none_must": float(stances.modality == "must-none"),
        "none_may": float(stances.modality == "may-none"),
        "opposites": float(min(2, len(stances.words))),
        "order_opposes": float(stances.order),
        "frame_opposes": float(stances.frame),
        "only_dropped": float(scope.only_dropped),
        "only_added": float(scope.only_added),
        "universal_added": float(scope.universal_added),
        "condition_dropped": scope.condition_dropped,
        "condition_added": scope.condition_added,
        "exception_dropped": scope.exception_dropped,
        "reason_added": float(scope.reason_added),
        "affirms": float(claim[:5].lower().startswith(("yes", "sure"))),
        "denies": float(claim[:4].lower().startswith(("no,", "no.", "no "))),
    }


def _opposed_features(
    against: Sequence[Opposed], aligned: Sequence[Aligned], restricted: float
) -> dict[str, float]:
    """How strongly the best line, those next to it and any other line say the opposite."""
    strengths = {id(each.line): each.strength for each in against}
    near = [strengths.get(id(each), 0.0) for each in aligned[:4]]
    return {
        "opposed_best": near[0],
        "opposed_near": max(near),
        "opposed_any": max(strengths.values(), default=0.0),
        "opposed_by_policy": max((each.strength for each in against if each.by_policy), default=0.0),
        "restricted_near": restricted,
    }
