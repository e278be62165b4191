"""What a rule says to a customer: a text with fields for facts, and for the reference of the case.

A sentence is left out where a fact in it is not known, so that no customer reads a gap or a guess.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from proxy.grounding.text.segments import segment
from proxy.rules.fact_values import FactType
from proxy.rules.facts import FactValue
from proxy.rules.mistakes import suggestion

REFERENCE = "ref"
A_TIME = "%-d %B %Y, %H:%M %Z"
FORMATTER = string.Formatter()


class MessageError(ValueError):
    """The text cannot be filled in; the message says why."""


@dataclass(frozen=True, slots=True)
class Field:
    """``{name:form}``; ``form`` is how a time is written."""

    name: str
    form: str


@dataclass(frozen=True, slots=True)
class Message:
    """A text that was checked by ``message_of``."""

    text: str

    def filled(self, facts: Mapping[str, FactValue], ref: str = "") -> str:
        """As the customer reads it; empty where a fact is missing in each of its sentences."""
        known = {name: shown for name, fact in facts.items() if (shown := _shown(fact)) is not None}
        known[REFERENCE] = ref
        kept = (
            FORMATTER.vformat(sentence, (), known)
            for sentence in sentences(self.text)
            if all(field.name in known for field in fields(sentence))
        )
        return "".join(kept).strip()


class _Time:
    """A time that is written in UTC, in words where no form is asked for."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def __format__(self, form: str) -> str:
        return self._at.strftime(form or A_TIME)


def message_of(text: str, types: Mapping[str, FactType], *, with_reference: bool) -> Message:
    """Raises MessageError: another field than these facts, a form for what is no time, a {ref} too many or too few."""
    allowed = [*types, *([REFERENCE] if with_reference else [])]
    for field in fields(text):
        if field.name not in allowed:
            raise MessageError(f'has an unknown field "{{{field.name}}}"{suggestion(field.name, allowed)}')
        if field.form and types.get(field.name) != "time":
            raise MessageError(
                f'"{{{field.name}:{field.form}}}": only a time has a form; write {{{field.name}}}'
            )
    for sentence in sentences(text):
        _names(sentence)
    if with_reference:
        _check_reference(text)
    return Message(text)


def _check_reference(text: str) -> None:
    naming = [names for sentence in sentences(text) if REFERENCE in (names := _names(sentence))]
    if not naming:
        raise MessageError("must contain {ref}, the place where the customer's reference goes")
    for names in naming:
        if other := next((name for name in names if name != REFERENCE), None):
            raise MessageError(
                f'has {{ref}} and {{{other}}} in one sentence, which is left out where "{other}" is not known; '
                "give {ref} a sentence of its own"
            )


def _names(text: str) -> list[str]:
    return [field.name for field in fields(text)]


def fields(text: str) -> Iterator[Field]:
    """Raises MessageError for a text that is no template."""
    try:
        for _, name, form, conversion in FORMATTER.parse(text):
            if name is not None:
                if conversion or not name.isidentifier():
                    raise MessageError(f'"{{{name}}}" is no field; write a brace that is meant as text twice')
                yield Field(name, form or "")
    except ValueError as error:
        if isinstance(error, MessageError):
            raise
        raise MessageError(f"{error}; write a brace that is meant as text twice") from None


def sentences(text: str) -> Iterator[str]:
    """The text's sentences, each with what stands before it; together they are the text."""
    done = 0
    for one in segment(text):
        yield text[done : one.end]
        done = one.end
    if done < len(text):
        yield text[done:]


def _shown(fact: FactValue) -> object | None:
    match fact.value:
        case bool(value):
            return "yes" if value else "no"
        case int() | float() as number:
            return f"{number:,.10g}"
        case str(text):
            return " ".join(text.split()) or None
        case datetime() as at:
            return _Time(at)
    return None
