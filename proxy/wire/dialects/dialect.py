"""What a dialect is: one way in which clients ask and providers answer, whole and streamed.

The flow (door.py, gated_relay.py, observing.py) is the same for all of them and knows none of their shapes. A dialect
reads what comes in, tells where its texts are, and puts back what may be delivered; what it does not know to be
harmless it leaves out. A new one is one file beside this one and one line in registry.py.

Its conversations, usage and finish reasons are told in the words of chat completions, which all that lies behind the
doors (context, ledger, telemetry) speaks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from proxy.actions.gate import Gate
from proxy.actions.json_gate import JsonOutput
from proxy.context.conversation import said_in
from proxy.guard import AnswerGuard, Messages
from proxy.ledger.records import Turn
from proxy.rules.facts import ToolCall
from proxy.rules.policies import Route
from proxy.telemetry import names
from proxy.wire.errors import ProxyError

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in. ``raw`` is the body as received, ``body`` the same as a JSON object.

    ``messages`` is its conversation as chat messages; ``path`` is where the provider is asked, below its base URL:
    what a client chose of it is quoted. ``usage_asked`` says whether a stream is to end with its usage.
    ``follows`` is the id of the answer that it goes on from; ``turn`` what it asks by itself, where that is to be kept
    with the answer for a request that follows. Where several ``questions`` are asked at once, ``choices_each`` choices
    in a row answer each. ``json_output`` is there where the answer is to be JSON: then it is whole before any of it
    leaves. ``operation`` and ``api`` are what traces call this way of asking (telemetry/names.py).
    """

    raw: bytes
    body: JsonObject
    model: str
    messages: tuple[JsonObject, ...]
    path: str
    streamed: bool = False
    usage_asked: bool = False
    follows: str | None = None
    turn: tuple[JsonObject, ...] | None = None
    questions: tuple[str, ...] = ()
    json_output: JsonOutput | None = None
    choices_each: int = 1
    operation: str = names.CHAT
    api: str | None = None

    @property
    def question(self) -> str | None:
        """The text of the customer's last message; of several questions asked at once all of them."""
        said = said_in(self.messages)
        return "\n\n".join(said if self.questions else said[-1:]) or None

    @property
    def choices(self) -> int:
        """How many choices were asked for, over all questions."""
        return self.choices_each * max(1, len(self.questions))


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an answer where text stands: a choice. ``calls`` are the calls of tools beside it.

    One that ``continues`` goes on where the place before it ended: after one that is cut short it is not said.
    """

    index: int
    text: str
    calls: Sequence[ToolCall] = ()
    continues: bool = False


def choices_of(places: Iterable[Place]) -> Iterator[list[Place]]:
    """The places choice by choice."""
    choice: list[Place] = []
    for place in places:
        if choice and not place.continues:
            yield choice
            choice = []
        choice.append(place)
    if choice:
        yield choice


@dataclass(frozen=True, slots=True)
class Summary:
    """What spans, metrics and the ledger keep of an answer; ``messages`` are its choices as chat messages."""

    id: str | None = None
    model: str | None = None
    finish_reasons: Sequence[str] = ()
    usage: JsonObject = field(default_factory=dict)
    messages: Sequence[JsonObject] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """An answer that has left unguarded, as far as it can be read; ``broke_off`` says why it is not whole."""

    places: Sequence[Place] = ()
    summary: Summary = field(default_factory=Summary)
    broke_off: str | None = None


class WholeAnswer(Protocol):
    """An answer that is whole before it is guarded. No two places have one index."""

    @property
    def places(self) -> Sequence[Place]: ...

    @property
    def summary(self) -> Summary: ...

    def delivered(self, gates: Mapping[int, Gate], usage: JsonObject) -> JsonObject:
        """The answer's body with what may leave of each place: text, refusal, finish reason.

        A place without text has no gate. Calls of tools do not leave beside a gate that is closed. ``usage`` is the
        summary's, and what asking again cost.
        """
        ...


class StreamGuard(Protocol):
    """Turns a provider's event stream into that which the customer gets, as bytes."""

    def relay(self, events: AsyncIterator[str]) -> AsyncIterator[bytes]:
        """Yield what leaves, up to but not including the end, which ``last`` is.

        ``events`` are the data of the provider's events. Text goes through the answer's gates, and each gate is
        finished; the usage goes into the answer's. Raises ProxyError where the stream holds what cannot be read,
        reports an error, breaks off, or has no answer.
        """
        ...

    def texts(self, data: str) -> Iterable[tuple[int, str]]:
        """The pieces of text in an event, each with the index of its gate; none where it cannot be read.

        Asked ahead of ``relay``, which takes the same event later and must not notice.
        """
        ...

    def last(self, cxai: JsonObject) -> Iterable[bytes]:
        """The end of the stream, with the ``cxai`` object."""
        ...

    def failure(self, error: ProxyError, cxai: JsonObject) -> bytes:
        """An error in the middle of the stream, with the ``cxai`` object, after which nothing comes."""
        ...

    def summary(self) -> Summary:
        """Of what was relayed so far."""
        ...


class Dialect(Protocol):
    """``paths`` are our doors, as Litestar writes them: ``/v1/chat/completions``, ``/v1/things/{name:str}``."""

    @property
    def paths(self) -> Sequence[str]: ...

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        """``params`` are what the door's path names, and the query.

        Raises InvalidRequest: what is wrong, where, what to do.
        """
        ...

    def asking_whole(self, asked: Asked, messages: Messages | None = None) -> bytes:
        """The request without streaming; where the model is asked again, with these ``messages`` and for one choice."""
        ...

    def instructed(self, asked: Asked, text: str) -> Asked:
        """The request with this system prompt before all others."""
        ...

    def whole(self, content: bytes) -> WholeAnswer:
        """Read a whole answer. Raises UpstreamInvalid where it is none."""
        ...

    def unasked(self, asked: Asked, response_id: str, created_at: int) -> bytes:
        """The whole answer of a request that no model is asked: every place empty, and nothing used.

        What is said there instead is put in by the guard. ``created_at`` is in seconds since 1970.
        """
        ...

    def told(self, body: JsonObject, asked: Asked) -> Iterable[bytes]:
        """A whole answer's delivered ``body``, ``cxai`` and all, as the event stream that the client asked for."""
        ...

    def stream_guard(self, answer: AnswerGuard, asked: Asked) -> StreamGuard: ...

    def observed(self, events: Iterable[str]) -> Observed:
        """A stream that has left, by its events' data, up to the first that cannot be read or reports an error."""
        ...


@runtime_checkable
class Conversing(Protocol):
    """What a dialect has besides where a request may go on from an earlier answer, named by its id.

    The provider would go on from what it keeps, the text before its repair; so the proxy keeps the turns (turns.py).
    """

    def going_on(self, asked: Asked, turns: Sequence[Turn], route: Route, *, keeps: bool) -> Asked:
        """The request as this route asks the provider, after these ``turns``; ``keeps`` says whether turns are kept.

        Raises InvalidRequest where it asks for what only the provider could have kept.
        """
        ...

    def leaving(self, body: JsonObject, asked: Asked) -> JsonObject:
        """A whole answer's delivered ``body``, ``cxai`` and all, under our id."""
        ...


@runtime_checkable
class ConversingStream(Protocol):
    """A stream guard of such a dialect. ``left`` is the whole answer as it left, once ``last`` has told its end."""

    @property
    def left(self) -> JsonObject | None: ...
