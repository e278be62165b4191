"""What two wordings of one statement say differently: values, permissions, conditions, or only words.

Typed differences come first; where there are none but other words, the entailment model says whether each of the two
follows from the other. If so the statement was only reworded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from proxy.authoring.changes.paired_values import differ, paired_values, same_limit
from proxy.authoring.changes.wording import (
    Span,
    changed_spans,
    is_local,
    plainly,
    restricts,
    says_more,
    shortened,
)
from proxy.grounding.policy.clauses import clauses_of
from proxy.grounding.policy.edits import edits_between
from proxy.grounding.policy.features import Entail
from proxy.grounding.policy.polarity import Modality, denied_by_one, denies_nothing, stance_of
from proxy.grounding.values.finding import Value
from proxy.grounding.values.wording import in_words
from proxy.models.entailment import Entailment

# Chosen on tests/authoring/changes/data/edits_seen.yaml.
_FOLLOWS = 0.5  # P(supported) from which a statement follows from another
_OPPOSED = 0.8  # P(contradicted) from which it is taken for the opposite
_FREQUENCIES = frozenset("once twice daily weekly monthly yearly annually quarterly half double".split())
_DUTIES = {Modality.MUST: "an obligation", Modality.MAY: "a permission", Modality.OPTIONAL: "left open"}
_UNIT = re.compile(r"(?P<number>[\d.,]+)(?P<unit>\D*)\Z")


class Kind(StrEnum):
    """What may be told of a change, the gravest first; ``SUBSTANCE`` are those that change what holds."""

    VALUE = "value"
    PERMISSION = "permission"
    CONDITION_ADDED = "condition_added"
    CONDITION_DROPPED = "condition_dropped"
    WORDING = "wording"
    ADDED = "added"
    REMOVED = "removed"
    DOCUMENT_ADDED = "document_added"
    DOCUMENT_REMOVED = "document_removed"
    FRONT_MATTER = "front_matter"
    MOVED = "moved"
    REWORDED = "reworded"


SUBSTANCE = frozenset(Kind) - {Kind.MOVED, Kind.REWORDED}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said differently; ``words`` for people, ``old`` and ``new`` what became what."""

    kind: Kind
    words: str
    old: str | None = None
    new: str | None = None


def differences(old: str, new: str, entail: Entail) -> list[Difference]:
    """What changed between two wordings; a single ``REWORDED`` where nothing of substance did."""
    return list(_Comparing(plainly(old), plainly(new), entail).found()) or [
        Difference(Kind.REWORDED, f"“{old}” → “{new}”", old, new)
    ]


@dataclass(slots=True)
class _Comparing:
    """Two wordings of one statement beside each other; ``told`` are the values that differ."""

    old: str
    new: str
    entail: Entail
    spans: list[Span] = field(init=False)
    told: list[Difference] = field(init=False)

    def __post_init__(self) -> None:
        self.spans = changed_spans(self.old, self.new)
        self.told = [*self._values(), *self._frequencies()]

    def found(self) -> Iterator[Difference]:
        yield from self.told
        opposed = list(self._opposed())
        yield from opposed
        if not opposed:
            yield from self._words()

    def _values(self) -> Iterator[Difference]:
        for mine, theirs in paired_values(self.old, self.new):
            if mine is None or theirs is None or not differ(mine, theirs):
                continue
            if same_limit(mine, theirs):
                old, new = in_words(mine), in_words(theirs)
                yield Difference(
                    Kind.VALUE, f"{old} → {new}: “{shortened(self.new, theirs.quote)}”", old, new
                )
                continue
            change = _became(mine, theirs)
            text = self.new[: theirs.start] + change + self.new[theirs.end :]
            yield Difference(Kind.VALUE, shortened(text, change), mine.quote, theirs.quote)

    def _frequencies(self) -> Iterator[Difference]:
        for span in self.spans:
            if span.old.lower() in _FREQUENCIES and span.new.lower() in _FREQUENCIES:
                words = f"{span.old} → {span.new}: “{shortened(self.new, span.new)}”"
                yield Difference(Kind.VALUE, words, span.old, span.new)

    def _opposed(self) -> Iterator[Difference]:
        """What one wording allows, demands or gives for nothing, and the other does not."""
        what = self._now_free() or self._duties() or ("says the opposite now" if self._denied() else "")
        if what and not is_local(self.spans) and self._same_by_meaning():
            return
        if not what and not self.told and not is_local(self.spans) and self._contradicted():
            what = "says the opposite now"
        if what:
            span = self.spans[0] if len(self.spans) == 1 else Span(self.old, self.new)
            words = f"{what}: “{shortened(self.old, span.old)}” → “{shortened(self.new, span.new)}”"
            yield Difference(Kind.PERMISSION, words, span.old or None, span.new or None)

    def _now_free(self) -> str:
        was, is_now = stance_of(self.old).free, stance_of(self.new).free
        if was is is_now:
            return ""
        return "is no longer free of charge" if was else "is now free of charge"

    def _duties(self) -> str:
        """Whether what must be done may be done now, or need not, or the other way round."""
        mine, theirs = _modalities(self.old, self.new), _modalities(self.new, self.old)
        if len(mine) != 1 or len(theirs) != 1 or mine == theirs:
            return ""
        return f"was {_DUTIES[min(mine)]}, is now {_DUTIES[min(theirs)]}"

    def _denied(self) -> bool:
        for _, by_old in denied_by_one(self.new, self.old):
            affirming, denying = (self.new, self.old) if by_old else (self.old, self.new)
            if denies_nothing(affirming, denying):
                return True
        return edits_between(self.new, self.old).negations % 2 == 1

    def _same_by_meaning(self) -> bool:
        return min(self._forth.supported, self._back.supported) >= _FOLLOWS

    def _contradicted(self) -> bool:
        """By meaning alone; where one follows from the other, it says less or more, not the opposite."""
        opposed = max(self._forth.contradicted, self._back.contradicted) >= _OPPOSED
        return opposed and max(self._forth.supported, self._back.supported) < _FOLLOWS

    @property
    def _forth(self) -> Entailment:
        return self.entail(self.old, self.new)

    @property
    def _back(self) -> Entailment:
        return self.entail(self.new, self.old)

    def _words(self) -> Iterator[Difference]:
        """Conditions that came or went, and other words; none where each wording follows from the other."""
        spans = [span for span in self.spans if self._tells_more(span)]
        if not spans or (not is_local(self.spans) and not self.told and self._same_by_meaning()):
            return
        found = [self._in_words(self._kind_of(span), span) for span in spans]
        words = [each for each in found if each.kind is Kind.WORDING]
        if len(words) > 1:
            # Several stretches of other words are one other wording, and read best as a whole.
            found = [each for each in found if each.kind is not Kind.WORDING]
            found.append(Difference(Kind.WORDING, f"“{self.old}” → “{self.new}”", self.old, self.new))
        yield from found

    def _kind_of(self, span: Span) -> Kind:
        dropped = bool(span.old) and restricts(span.old, self.old)
        added = bool(span.new) and restricts(span.new, self.new)
        if dropped is added:
            return Kind.WORDING
        return Kind.CONDITION_DROPPED if dropped else Kind.CONDITION_ADDED

    def _tells_more(self, span: Span) -> bool:
        """Whether a stretch says what the other side does not, and what no value has told already."""
        told_old = " ".join(each.old or "" for each in self.told)
        told_new = " ".join(each.new or "" for each in self.told)
        return (
            says_more(span.old, f"{self.new} {told_old}")
            or says_more(span.new, f"{self.old} {told_new}")
            or stance_of(span.old).only != stance_of(span.new).only
        )

    def _in_words(self, kind: Kind, span: Span) -> Difference:
        old, new = shortened(self.old, span.old), shortened(self.new, span.new)
        if not span.new:
            return Difference(kind, f"no longer says “{span.old}”: “{old}”", span.old, None)
        if not span.old:
            return Difference(kind, f"now also says “{span.new}”: “{new}”", None, span.new)
        return Difference(kind, f"“{span.old}” → “{span.new}”: “{new}”", span.old, span.new)


def _modalities(text: str, other: str) -> set[Modality]:
    """Those of the clauses that the other text has not."""
    clauses = [clause.text for clause in clauses_of(text) if clause.text not in other]
    return {stance_of(clause).modality for clause in clauses} - {Modality.NONE}


def _became(old: Value, new: Value) -> str:
    """ "30 → 14 days", "$25 → $30"."""
    mine, theirs = _UNIT.fullmatch(old.quote), _UNIT.fullmatch(new.quote)
    if mine and theirs and mine["unit"].strip(" %") and mine["unit"] == theirs["unit"]:
        return f"{mine['number']} → {new.quote}"
    return f"{old.quote} → {new.quote}"
