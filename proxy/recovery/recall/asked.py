"""What is looked for, with the values that it names: only a sentence with all of them can say it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proxy.grounding.policy.telling_words import Operator, tokens_of
from proxy.grounding.values.comparing import bounds_oppose, same_number
from proxy.grounding.values.finding import Value, values_of
from proxy.grounding.values.numbers import numbers_of
from proxy.grounding.values.units import ValueKind

_FREE = re.compile(
    r"\b(?:free|complimentary|included|waived|costs? nothing"
    r"|(?:no|without (?:an?|any)?) ?(?:extra |late )?(?:cost|charge|fee)s?)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:not|cannot|can't|never|only)\b|n't\b", re.IGNORECASE)
_NOTHING = re.compile(r"\b(?:no|nothing|none|without|waives?|zero|on us|on the house)\b", re.IGNORECASE)
_NEGATES = re.compile(r"\b(?:no|not|cannot|never|nobody|none)\b|n't\b", re.IGNORECASE)
_ONE_PERIOD = re.compile(
    r"\b(?<!half )an?(?= (?:hour|day|week|month|year) (?:before|after|ahead|earlier|later|prior|in advance)\b)",
    re.IGNORECASE,
)


_PERIODS = {
    re.compile(r"\ban hour and a half\b", re.IGNORECASE): "90 minutes",
    re.compile(r"\b(?:a )?half (?:an )?hour\b", re.IGNORECASE): "30 minutes",
    re.compile(r"\b(?:a )?quarter (?:of an )?hour\b", re.IGNORECASE): "15 minutes",
}
_MONTH = "month"  # the unit of years, too
FEWEST_TELLING = 3  # words of what is looked for word by word
MOST_OF_A_PHRASE = 6  # words
_LIMIT = re.compile(
    r"(?:(?:up to|at most|at least|no more than|within|until|after|before|for|from)\s)?", re.IGNORECASE
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|can|cannot|may|must|will|would|shall|should|could|do|does|did|has|have|had|needs?|gets?|costs?|pays?|takes?)\b",
    re.IGNORECASE,
)
_WHOSE = frozenset({Operator.YOU, Operator.WE, Operator.US})
MOST_IN_WORDS = 12  # what the asked things that were fitted on write in words: one to twelve


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for. ``text`` stands as a sentence, which is how models were taught to read, with its larger
    numbers in digits, so that "ninety days" finds what "90 days" does.
    """

    text: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, text: str) -> Asked:
        sentence = _as_sentence(_in_digits(_in_minutes(text)))
        return cls(sentence, tuple(values_of(sentence)))

    @property
    def is_free(self) -> bool:
        """Whether it says that something costs nothing."""
        return _FREE.search(self.text) is not None and not _names_money(self.values)

    def has_values(self, sentence: str) -> bool:
        """Whether each value that is asked for stands in it; where nothing is to be paid, that and no price."""
        sentence = _in_minutes(sentence)
        found = values_of(sentence)
        if self.is_free and _names_money(found):
            return False
        # "Included in the plan" is also said as "your plan covers it".
        if self.is_free and "included" not in self.text.lower() and not _may_be_free(sentence):
            return False
        # "A week before" is one week; "four euros a week" is not.
        found = (*found, *values_of(_ONE_PERIOD.sub("one", sentence)))
        # "No more than" turns a limit round, and so do "not after" and "not heavier than".
        turned = (_NEGATES.search(self.text) is None) != (_NEGATES.search(sentence) is None)
        return all(_is_said(value, found, turned) for value in self.values)

    @property
    def is_phrase(self) -> bool:
        """Whether it is a value and a few words ("90 days after travel"), too little to be read as a sentence."""
        first = min((value.start for value in self.values), default=-1)
        few = len(_telling(self.text)) >= FEWEST_TELLING and len(self.text.split()) <= MOST_OF_A_PHRASE
        return (
            first >= 0
            and few
            and _LIMIT.fullmatch(self.text[:first]) is not None
            and not _VERB.search(self.text)
        )

    def stands_in(self, sentence: str) -> bool:
        """Whether the sentence has its telling words in a row, and neither asks nor denies.

        "Up to ninety days after your trip" has those of "90 days after travel".
        """
        if sentence.rstrip().endswith("?") or _NEGATES.search(sentence):
            return False
        own, others = _telling(self.text), _telling(_in_minutes(sentence))
        return any(others[place : place + len(own)] == own for place in range(len(others) - len(own) + 1))

    def in_its_words(self, sentence: str) -> str:
        """The sentence with the values that were asked for written as they were asked for: "a fortnight", "14 days"."""
        sentence = _in_minutes(sentence)
        for said in reversed(values_of(sentence)):
            own = next((value for value in self.values if _is_same(value, said)), None)
            if own is not None:
                written = self.text[own.start : own.end]
                sentence = f"{sentence[: said.start]}{written}{sentence[said.end :]}"
        return _as_sentence(sentence)


def _telling(text: str) -> list[str]:
    """By concept ("trip" is "travel"); whose trip it is makes no difference."""
    return [token.key for token in tokens_of(text) if token.operator not in _WHOSE]


def _in_minutes(text: str) -> str:
    for period, minutes in _PERIODS.items():
        text = period.sub(minutes, text)
    return text


def _in_digits(text: str) -> str:
    for number in reversed(list(numbers_of(text))):
        if number.worded and not number.ordinal and number.amount > MOST_IN_WORDS:
            text = f"{text[: number.start]}{number.amount}{text[number.end :]}"
    return text


def _as_sentence(text: str) -> str:
    text = text.strip()
    ends = text[-1:] in (".", "!", "?")
    return f"{text[:1].upper()}{text[1:]}{'' if ends else '.'}"


def _is_said(asked: Value, found: tuple[Value, ...], turned: bool) -> bool:
    for said in found:
        alike = _is_same(asked, said) or _is_as_many(asked, said)
        if alike and (turned or not bounds_oppose(asked, said)):
            return True
    # "One accident" is also "an accident", where no other number of them is named.
    return _is_one(asked) and not any(said.nouns & asked.nouns for said in found if not _is_one(said))


def _is_one(value: Value) -> bool:
    return value.kind is ValueKind.COUNT and value.amount == value.high == 1


def _is_same(asked: Value, said: Value) -> bool:
    """A second bag may be called the second suitcase, or bag number two."""
    if asked.kind is ValueKind.ORDINAL:
        return said.kind in (ValueKind.ORDINAL, ValueKind.COUNT) and said.amount == asked.amount
    return same_number(asked, said)


def _is_as_many(asked: Value, said: Value) -> bool:
    """Of whatever: two instalments may be called two payments, and who is eight is 8 years old."""
    if asked.kind is not ValueKind.COUNT:
        return False
    if said.kind is ValueKind.DURATION and not asked.nouns:
        return said.unit == _MONTH and said.amount == asked.amount * 12
    return said.kind is ValueKind.COUNT and asked.amount in (said.amount, said.high)


def _may_be_free(sentence: str) -> bool:
    return any(words.search(sentence) for words in (_FREE, _DENIAL, _NOTHING))


def _names_money(values: tuple[Value, ...]) -> bool:
    return any(value.kind is ValueKind.MONEY and value.high > 0 for value in values)
