"""A suite: its head, and conversations whose turns hold what was asked, answered, and known then.

As JSON lines: the head is the first line, each line after it a conversation. Unknown names are mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

JsonObject = dict[str, Any]
Truth = Literal["supported", "contradicted", "unsupported", "not_checkable"]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Written):
    """What a person found of one sentence of a recorded answer: ``answer.content[start:end]`` in characters."""

    start: int = Field(ge=0)
    end: int
    label: Truth


class KnownFact(_Written):
    """A fact of the customer's context as it was known when the turn was answered; ``age_s`` is its age then."""

    value: bool | float | str | None = None
    state: Literal["fresh", "stale", "missing", "failed", "conflicting"] = "fresh"
    age_s: float | None = None
    source: str = "recorded"


class Answer(_Written):
    """The model's own answer, before any guard: its text, its calls of tools in OpenAI's shape, or both."""

    content: str | None = None
    tool_calls: tuple[JsonObject, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Answer:
        if not self.content and not self.tool_calls:
            raise ValueError("the answer has neither a text nor calls of tools")
        return self

    def message(self) -> JsonObject:
        """As it stands in the messages of the next request."""
        calls = {"tool_calls": list(self.tool_calls)} if self.tool_calls else {}
        return {"role": "assistant", "content": self.content, **calls}


class Turn(_Written):
    """One request and its answer. ``messages`` are those that came since the answer of the turn before.

    Where ``continues`` is false they are all messages of the request. ``needs_person`` is whether a person had to have
    this turn; None where nobody said. ``streamed``: the answer was asked for as a stream.
    """

    at: AwareDatetime | None = None
    messages: tuple[JsonObject, ...] = ()
    continues: bool = True
    answer: Answer
    facts: Mapping[str, KnownFact] = Field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    needs_person: bool | None = None
    streamed: bool = False

    @model_validator(mode="after")
    def _labels_are_in_the_answer(self) -> Turn:
        length = len(self.answer.content or "")
        for label in self.labels:
            if not label.start < label.end <= length:
                told = f"characters {label.start} to {label.end}"
                raise ValueError(f"a label is of {told}, and the answer has {length}")
        return self


class Conversation(_Written):
    """A customer's conversation. ``customer`` is None for one whom nobody knew.

    ``segment`` is the part of traffic that it belongs to, as whoever made the suite says it.
    """

    id: str = Field(min_length=1)
    customer: str | None = None
    channel: str = "chat"
    jurisdiction: str | None = None
    audience: str | None = None
    segment: str | None = None
    model: str = Field(default="recorded", min_length=1)
    turns: tuple[Turn, ...] = Field(min_length=1)

    def requests(self) -> Iterator[tuple[Turn, list[JsonObject]]]:
        """Each turn with all messages of its request: what was said before it is as it was recorded."""
        thread: list[JsonObject] = []
        for turn in self.turns:
            thread = [*(thread if turn.continues else ()), *turn.messages]
            yield turn, thread
            thread = [*thread, turn.answer.message()]


class Sampling(_Written):
    """How many conversations of how many were taken, and how."""

    taken: int = Field(ge=0)
    of: int = Field(ge=0)
    seed: int | None = None
    how: str


class Head(_Written):
    """What a suite is: ``suite`` is its name, ``source`` where it was recorded from."""

    suite: str = Field(min_length=1)
    version: Literal[1]
    source: str
    sampling: Sampling
    personal_data: Literal["replaced", "kept"]
    licence: str | None = None
    left_out: Mapping[str, int] = Field(default_factory=dict)
    """What could not be recorded, by reason."""
