"""Numbers that say how much and not of what: "within 30 of the purchase", "a fee of 40"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proxy.authoring.lint.papers import Papers, warning
from proxy.authoring.lint.prose import Sentence
from proxy.corpus.documents import PassageKind
from proxy.corpus.problems import Problem
from proxy.grounding.values.finding import Value, ValueKind, values_of

# After these a number is a quantity; after "rule", "zone" or "aged" it is not, and there it needs no unit.
_PRICES = re.compile(
    r"\b(?:(?:fee|fees|charge|price|fare|cost|deposit|refund|credit|surcharge|penalty|compensation|discount"
    r"|notice)(?: of| is| are| will be)|costs?(?: up to)?|pays?(?: up to| at most)?|weighs?(?: up to)?)\s*\Z",
    re.IGNORECASE,
)
_BOUNDS = re.compile(
    r"\b(?:within|at (?:most|least)|no (?:more|less|later|fewer) than|not (?:more than|less than|later than|exceed)"
    r"|(?:more|less|fewer) than|(?<!add )(?<!adds )up to|(?:maximum|minimum|limit|allowance) (?:of|is)|limited to"
    r"|capped at|lasts|takes)\s*\Z",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\b(?:be|is|are) at least\s*\Z|\b(?:aged?|older|younger|children|child|minors?)\b", re.IGNORECASE
)
_ADULT = range(10, 26)
_CLOSES = re.compile(
    r"\s*(?:[.,;:)]?\s*\Z|[.;,)](?!\d)\s*(?!\d)"
    r"|\s(?:of|for|per|from|to|after|before|against|and|or|if|unless|when|with|in|on|at|by|is|are|will|must|can|may)\b)",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(
    r"\s*(?:in (?:your|the|local|its) (?:\w+ )?currency|in \d|out of|(?:or|and) (?:older|younger|over|under|above|below"
    r"|more|fewer|less)\b|of (?:these|those|them|your|our|its|their|all|\d|(?:the|any) (?:\w+ )?(?:\d|\w+s\b))"
    r"|(?:and|or|to) (?:up to |at least |more than |less than )?[$€£]?\d)",
    re.IGNORECASE,
)
# A smaller number may leave out a unit that the sentence has named before: "40 hours, at least 8 of them by night".
_SMALL = 1000
_NEAR = 60  # characters before a number that say what it is


def check(papers: Papers) -> Iterator[Problem]:
    for sentence in papers.every_sentence():
        # A table's number may have its unit in the column's head.
        if sentence.passage.kind is not PassageKind.TABLE_ROW:
            yield from _bare_numbers(sentence)


def _bare_numbers(sentence: Sentence) -> Iterator[Problem]:
    values = values_of(sentence.text)
    for number, value in enumerate(values):
        if _is_number(value) and _is_bare(sentence.text, value, values[:number]):
            quote = sentence.text[: value.end].rpartition(" ")[0].split()[-2:]
            written = " ".join([*quote, value.quote.strip()])
            message = f'"{written}": of what? Write the unit behind the number: {sentence.quote}'
            yield warning(sentence.passage.document, sentence.line_of(value.quote), message)


def _is_number(value: Value) -> bool:
    return value.kind is ValueKind.COUNT and not value.per and value.quote[-1:].isdigit()


def _is_bare(text: str, value: Value, earlier: Sequence[Value]) -> bool:
    before, after = text[max(0, value.start - _NEAR) : value.start], text[value.end : value.end + _NEAR]
    if not _CLOSES.match(after) or _EXPLAINED.match(after):
        return False
    if _PRICES.search(before):
        return True
    if not _BOUNDS.search(before) or (value.amount in _ADULT and _AGE.search(before)):
        return False
    return value.amount >= _SMALL or all(_is_number(one) and not one.nouns for one in earlier)
