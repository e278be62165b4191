"""What the passages found do not say of a claim, in words for people who see the closest sentence beside them."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.corpus.documents import Hit
from proxy.grounding.policy.differences import Standing
from proxy.grounding.policy.features import Reading
from proxy.grounding.text.verb_forms import base_form
from proxy.grounding.text.words import STOP_WORDS, stem, words_of
from proxy.grounding.values.finding import Value
from proxy.grounding.values.numbers import numbers_of
from proxy.grounding.values.units import ValueKind

# Words that join, hedge or only open a sentence: that policy lacks them says nothing.
_SMALL_WORDS = frozenset(
    """because since until even much first here here's need go goes know like want long longer wait apply applies after
    before still already though although unless while whereas whether however therefore otherwise below above remaining
    only never always soon sooner become becomes comes come came takes take took gives give gave lets let back away
    simply really unfortunately fortunately luckily sadly typically usually normally generally basically actually
    possible able unable sorry afraid glad happy understand sure due depending depends including such""".split()
)
_MOST_NAMED = 3


def missing_in_words(reading: Reading, claim: str, hits: Sequence[Hit]) -> str:
    """The first that applies: a value that differs, values that are absent, words that are."""
    differing = [each for each in reading.standings if each.standing is Standing.CONFLICT and each.against]
    if differing:
        first = differing[0]
        assert first.against is not None
        said = f"the answer says {named(first.value, claim)}; the closest sentence of policy says {first.against.quote}"
        return said if reading.best is reading.closest else f"{said}: “{reading.best.line.text}”"
    absent = [named(each.value, claim) for each in reading.standings if each.standing is Standing.ABSENT]
    if absent:
        return f"the policy passages found do not say {listed(absent)}"
    unknown = _not_mentioned(reading.unknown_words, hits)
    if unknown:
        return f"the policy passages found do not mention {listed(unknown)}"
    return "no sentence of policy found says this; the closest one is quoted"


def values_in_words(values: Sequence[Value], claim: str) -> str:
    """Values of the claim that no passage has."""
    return listed(list(dict.fromkeys(named(value, claim) for value in values)))


def named(value: Value, claim: str) -> str:
    """A value as it stands in the claim, a bare number with what it counts: "two instalments"."""
    if value.kind is not ValueKind.COUNT or not value.nouns:
        return value.quote
    words = [value.quote]
    for written in claim[value.end :].split()[:2]:
        word = written.rstrip(".,;:!?)")
        if not word.isalpha() or word.lower() in STOP_WORDS:
            break
        words.append(word)
        if word != written or word.endswith("s"):
            break
    return " ".join(words)


def listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words[:_MOST_NAMED])


def _not_mentioned(words: Sequence[str], hits: Sequence[Hit]) -> list[str]:
    """The words that stand in no passage in any form, but for small ones and numbers."""
    told = frozenset(_root(word) for hit in hits for word in words_of(hit.passage.reading))
    return [
        word
        for word in words
        if word not in _SMALL_WORDS
        and "'" not in word
        and not any(numbers_of(word))
        and _root(word) not in told
    ]


def _root(word: str) -> str:
    return stem(base_form(word.removesuffix("'s")))
