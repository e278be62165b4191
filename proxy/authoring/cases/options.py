"""A case as it stands in a file: a question, an answer, and what must come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from proxy.actions.decide import Action
from proxy.context.customer import ContextError, parse_policy_date
from proxy.corpus.documents import CUSTOMER_AUDIENCE
from proxy.grounding.types import Label
from proxy.rules.match import Text, Written
from proxy.rules.mistakes import suggestion

VERDICTS = tuple(label.value for label in Label)
STOPPED = "stopped"  # not delivered, whatever is done instead
EXPECTED = (*VERDICTS, *(action.word for action in Action), STOPPED)


def _expected(value: Any) -> Any:
    """One word may be written without a list."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words:
        raise ValueError(f"must be one or several of {', '.join(EXPECTED)}")
    for word in words:
        if word not in EXPECTED:
            raise ValueError(f'cannot be "{word}"{suggestion(str(word), EXPECTED)}')
    return words


def _policy_date(text: str) -> str:
    try:
        parse_policy_date(text)
    except ContextError:
        raise ValueError(f'is "{text}"; write a date such as 2026-03-01, or a moment') from None
    return text


class Asker(Written):
    """By whom and when; what a file's ``defaults`` and a case have in common."""

    model: str = ""
    """The model's name, for the choice of the route."""
    channel: Text = "chat"
    """The channel, for the choice of the route."""
    audience: Text = CUSTOMER_AUDIENCE
    """Whose documents count, as `x-cxai-audience`."""
    jurisdiction: Text | None = None
    """The market, as `x-cxai-jurisdiction`."""
    as_of: Annotated[Text, AfterValidator(_policy_date)] | None = None
    """The policy date, as `x-cxai-as-of`; now where it is left out."""

    @property
    def policy_date(self) -> datetime | None:
        return parse_policy_date(self.as_of)


class Case(Asker):
    """One case of a cases file."""

    name: Text
    """What its result is called; once in all files."""
    question: Text | None = None
    """What the customer asked."""
    answer: Text
    """What a chatbot says: one sentence or several."""
    expect: Annotated[tuple[str, ...], BeforeValidator(_expected)]
    """What must come of it: a verdict (that of the weakest sentence), a decision, `stopped`, or several of these."""
    document: Text | None = None
    """The id of the document whose words must decide."""
    tool_results: tuple[Text, ...] = ()
    """What tools returned about the customer."""


@dataclass(frozen=True, slots=True)
class PlacedCase:
    """A case with the file and line where it stands."""

    path: str
    line: int
    case: Case


def not_met(expected: Sequence[str], verdict: str, decision: str) -> list[str]:
    """Which of the words do not describe what came."""
    return [word for word in expected if not _is(word, verdict, decision)]


def _is(word: str, verdict: str, decision: str) -> bool:
    if word == STOPPED:
        return decision != "deliver"
    return word == (verdict if word in VERDICTS else decision)
