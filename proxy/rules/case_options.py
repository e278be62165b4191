"""The test cases beside a file's rules: a request with all that is known, and which rules must fire on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from proxy.corpus.documents import CUSTOMER_AUDIENCE
from proxy.ledger.records import DEFAULT_TENANT
from proxy.rules.durations import Duration
from proxy.rules.effects import Effect
from proxy.rules.fact_values import State
from proxy.rules.match import Text, Written
from proxy.rules.rules import Rules, zoned


def _as_fact(value: Any) -> Any:
    """``open_case: true`` is a fresh fact with that value."""
    return value if isinstance(value, dict) else {"value": value}


def _as_expected(value: Any) -> Any:
    """A list of rules, or one alone, says nothing of their effects."""
    names = [value] if isinstance(value, str) else value
    return dict.fromkeys(map(str, names)) if isinstance(names, list) else names


class GivenRequest(Written):
    """What is asked; the names are those that conditions read."""

    model: str = "model"
    channel: str = "chat"
    audience: str = CUSTOMER_AUDIENCE
    route: str = "default"
    market: str = ""
    tenant: str = DEFAULT_TENANT
    text: str = ""
    about_account: bool = False
    about_open_case: bool = False
    wants_person: bool = False
    is_complaint: bool = False


class GivenCustomer(Written):
    """Who asks."""

    id: str = ""
    conversation_id: str = ""


class GivenFact(Written):
    """A fact of the context. One that is not fresh and has no value has its protective one, as in a live request."""

    value: bool | float | str | None = None
    state: State = "fresh"
    age: Duration | None = None


class GivenClaim(Written):
    """A sentence of the answer as it was judged."""

    text: Text
    kind: Text = "policy"
    verdict: Text = "supported"
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    document: str = ""


class GivenCall(Written):
    """A call of a tool."""

    name: Text
    arguments: dict[str, Any] | str = Field(default={})
    id: str = "call_1"


class Given(Written):
    """All that the rules may read; what is left out is not known."""

    request: GivenRequest = GivenRequest()
    customer: GivenCustomer = GivenCustomer()
    context: dict[str, Annotated[GivenFact, BeforeValidator(_as_fact)]] = Field(default={})
    time: Annotated[str, AfterValidator(zoned)] | None = None
    answer: str | None = None
    claims: tuple[GivenClaim, ...] = ()
    tool_calls: tuple[GivenCall, ...] = ()

    @property
    def has_answer(self) -> bool:
        return self.answer is not None or bool(self.claims or self.tool_calls)

    def at(self, now: datetime) -> datetime:
        """The case's own time, else ``now``."""
        return datetime.fromisoformat(self.time) if self.time else now


class Case(Written):
    """One test case. ``expect`` has each rule that fires, with its effect where that is checked too."""

    name: Text
    given: Given = Given()
    expect: Annotated[dict[str, Effect | None], BeforeValidator(_as_expected)]


@dataclass(frozen=True, slots=True)
class PlacedCase:
    """A case with the line where it stands."""

    case: Case
    line: int


@dataclass(frozen=True, slots=True)
class Suite:
    """A file's cases, and its own rules, which they are about: rules of other files do not matter to them."""

    path: str
    rules: Rules
    cases: tuple[PlacedCase, ...]
