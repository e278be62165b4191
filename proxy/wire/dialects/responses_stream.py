"""A response as a stream: text leaves sentence by sentence, the last event carries the whole of it with ``cxai``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from proxy.actions.gate import Gate
from proxy.guard import AnswerGuard
from proxy.wire.dialects.dialect import Asked, Observed, Place, Summary
from proxy.wire.dialects.responses_events import Telling
from proxy.wire.dialects.responses_shape import (
    ENDS,
    MOST_ITEMS,
    Message,
    calls_place,
    chat_usage,
    echoed,
    ending,
    event_of,
    head_of,
    is_call,
    is_message,
    message_behind,
    message_of,
    opened,
    speaks,
    summary_of,
    tool_calls_of,
)
from proxy.wire.errors import ProxyError, UpstreamInvalid, UpstreamUnreachable, told_in_stream

JsonObject = dict[str, Any]
_ENDS = frozenset(f"response.{end}" for end in ENDS)


@dataclass(slots=True)
class Arriving:
    """The output as it comes in: the messages and calls by the provider's index, and the response's head."""

    messages: dict[int, Message] = field(default_factory=dict)
    calls: dict[int, JsonObject] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    head: JsonObject = field(default_factory=dict)
    ended: bool = False

    @property
    def all_calls(self) -> list[JsonObject]:
        """The calls that are whole, in the output's order."""
        return [self.calls[index] for index in sorted(self.calls)]

    def take(self, event: JsonObject) -> tuple[int, str, bool] | None:
        """A piece of text, with the provider's index of its message and whether the message ends there.

        Raises ProxyError where the event reports an error.
        """
        kind, index = event["type"], event.get("output_index")
        if kind == "error":
            raise _failure(event)
        if kind in ("response.created", "response.in_progress", "response.queued"):
            self.head = self.head or head_of(_object(event, "response"))
            return None
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < MOST_ITEMS:
            return None
        if kind in ("response.output_item.added", "response.output_item.done"):
            return self.item(index, event.get("item"), whole=kind.endswith("done"))
        message = None if index in self.done else self.messages.get(index)
        if message is None:
            return None
        if kind == "response.output_text.delta" and isinstance(event.get("delta"), str):
            message.text += event["delta"]
            return index, event["delta"], False
        return None

    def item(self, index: int, item: Any, *, whole: bool) -> tuple[int, str, bool] | None:
        """An item that begins or is ``whole``; what of a whole message's text was not told yet comes with it."""
        if index in self.done:
            return None
        if is_call(item) and whole:
            self.calls[index] = dict(item)
            self.done.add(index)
        if not is_message(item):
            return None
        message = self.messages.setdefault(index, message_of(item, len(self.messages)))
        if not whole:
            return index, "", False
        self.done.add(index)
        told = message.text
        message.read(item)
        rest = message.text.removeprefix(told) if message.text.startswith(told) else ""
        message.text = told + rest
        return index, rest, True

    def end(self, event: JsonObject) -> Iterator[tuple[int, str, bool]]:
        """The response's last event: its output where no event told any, and the ends of what did not end."""
        response = _object(event, "response")
        self.ended, self.head = True, {**head_of(response), "status": event["type"].removeprefix("response.")}
        told, output = bool(self.messages or self.calls), response.get("output")
        for index, item in enumerate(output[:MOST_ITEMS] if isinstance(output, list) and not told else ()):
            if piece := self.item(index, item, whole=True):
                yield piece
        for index in sorted(set(self.messages) - self.done):
            self.done.add(index)
            yield index, "", True


def pieces_of(arriving: Arriving, event: JsonObject) -> list[tuple[int, str, bool]]:
    """The pieces of text that an event brings. Raises ProxyError where it reports an error."""
    if event["type"] in _ENDS:
        return list(arriving.end(event))
    piece = arriving.take(event)
    return [piece] if piece is not None else []


class Ahead:
    """Texts by the number of their message, in the order in which the messages are told."""

    def __init__(self) -> None:
        self._arriving = Arriving()
        self._numbers: dict[int, int] = {}

    def texts(self, data: str) -> Iterator[tuple[int, str]]:
        with suppress(ProxyError):
            for index, text, _ in pieces_of(self._arriving, event_of(data)):
                number = self._numbers.setdefault(index, len(self._numbers))
                if text:
                    yield number, text


class ResponsesStream:
    """Turns a provider's events into those that the customer gets.

    Messages are told one after the other. Calls are held until all text is judged, since they do not leave beside a
    message that is cut short; after such a message nothing is said any more. In the place of calls that a rule stops
    there is a message.
    """

    def __init__(self, answer: AnswerGuard, asked: Asked) -> None:
        self._answer = answer
        self._asked = asked
        self._arriving = Arriving()
        self._telling = Telling()
        self._ahead = Ahead()
        self._begun = False
        self._opened: dict[int, int] = {}
        self._with_text: set[int] = set()
        self._output: list[JsonObject] = []
        self._cut_short = False
        self.left: JsonObject | None = None

    async def relay(self, events: AsyncIterator[str]) -> AsyncIterator[bytes]:
        arriving = self._arriving
        async for data in events:
            pieces = pieces_of(arriving, event_of(data))
            for begin in self._begin():
                yield begin
            for piece in pieces:
                for out in await self._pass(*piece):
                    yield out
            if arriving.ended:
                break
        if not arriving.ended:
            raise UpstreamUnreachable("The model provider's stream broke off before the answer was whole.")
        for out in await self._conclude():
            yield out
        self._answer.usage.update(chat_usage(arriving.head.get("usage")))
        self._note_dropped()

    def texts(self, data: str) -> Iterable[tuple[int, str]]:
        return self._ahead.texts(data)

    def last(self, cxai: JsonObject) -> Iterable[bytes]:
        """The calls that were held, and the response as it left."""
        arriving, response_id = self._arriving, self._answer.inquiry.response_id
        calls = [] if self._cut_short else arriving.all_calls
        told = [
            event
            for at, call in enumerate(calls, len(self._output))
            for event in self._telling.item(at, call)
        ]
        usage = {key: value for key, value in self._answer.usage.items() if key != "reask"}
        ended = ending(arriving.head, [*self._output, *calls], usage, cut_short=self._cut_short)
        self.left = {**echoed(ended, self._asked, response_id), "cxai": cxai}
        return [*told, self._telling.end(self.left)]

    def failure(self, error: ProxyError, cxai: JsonObject) -> bytes:
        return self._telling.failure(error, cxai)

    def summary(self) -> Summary:
        arriving = self._arriving
        texts = [gate.model_text for _, gate in sorted(self._answer.gates.items())]
        return summary_of(arriving.head, texts, calling=bool(arriving.calls))

    def _note_dropped(self) -> None:
        """A message that was cut short had ended here before the provider told its log probabilities."""
        for index, number in self._opened.items():
            gate = self._answer.gates.get(number)
            if gate is not None and gate.closed is not None and self._arriving.messages[index].logprobs:
                gate.logprobs_dropped = True

    def _begin(self) -> Iterator[bytes]:
        """Our stream begins with the provider's first event."""
        if self._begun:
            return
        self._begun = True
        inquiry = self._answer.inquiry
        head = {
            "object": "response",
            "model": inquiry.model,
            "created_at": int(inquiry.received_at.timestamp()),
        }
        begun = echoed({**head, **self._arriving.head}, self._asked, inquiry.response_id)
        yield from self._telling.begin(begun)

    async def _pass(self, index: int, text: str, ends: bool) -> list[bytes]:
        """What leaves for a piece of the message at the provider's ``index``."""
        if self._cut_short:
            return []
        message, out = self._arriving.messages[index], []
        if index not in self._opened:
            if len(self._opened) > len(self._output):
                raise UpstreamInvalid("The model provider's stream tells two messages at once.")
            self._opened[index] = len(self._opened)
            out.append(self._telling.added(self._opened[index], opened(message)))
        number = self._opened[index]
        gate = self._answer.gate(number) if message.text else None
        if gate is not None:
            released = await gate.feed(text) if text else ""
            released += await gate.finish() if ends else ""
            out += self._text(number, message, released)
            ends = ends or gate.closed is not None
        return [*out, *self._close(number, message, gate)] if ends else out

    async def _conclude(self) -> list[bytes]:
        """What leaves behind the messages: a notice, or what is said where a rule stops the rest."""
        number = len(self._opened)
        await self._answer.conclude(number, tool_calls_of(self._arriving.all_calls), first=0)
        behind = self._answer.gates.get(number)
        if self._cut_short or behind is None or not speaks(behind):
            return []
        self._cut_short = behind.closed is not None
        self._output.append(message_behind(behind))
        return list(self._telling.item(number, self._output[-1]))

    def _text(self, number: int, message: Message, released: str) -> Iterator[bytes]:
        if released and number not in self._with_text:
            self._with_text.add(number)
            yield self._telling.text_opened(number, message.id)
        if released:
            yield self._telling.text(number, message.id, released)

    def _close(self, number: int, message: Message, gate: Gate | None) -> Iterator[bytes]:
        """The end of a message: its own, or where the gate has cut it short."""
        item = message.delivered(gate)
        self._output.append(item)
        self._cut_short = gate is not None and gate.closed is not None
        if number not in self._with_text and item["content"][0]["type"] == "output_text":
            yield self._telling.text_opened(number, message.id)
        yield from self._telling.message_closed(number, item)


def told_as_stream(body: JsonObject) -> Iterator[bytes]:
    """A whole answer, told as a stream: for clients that ask for one on a route with ``delivery: whole``."""
    telling = Telling()
    yield from telling.begin({key: value for key, value in body.items() if key != "cxai"})
    for index, item in enumerate(body["output"]):
        yield from telling.item(index, item)
    yield telling.end(body)


def observed_stream(events: Iterable[str]) -> Observed:
    """A recorded stream, up to the first event that cannot be read or reports an error."""
    arriving = Arriving()
    broke_off: str | None = UpstreamUnreachable.code
    try:
        for data in events:
            pieces_of(arriving, event_of(data))
        if arriving.ended:
            broke_off = None
    except ProxyError as error:
        broke_off = error.reason
    texts = [message.text for _, message in sorted(arriving.messages.items())]
    places = [Place(index, text, continues=True) for index, text in enumerate(texts)]
    places.append(calls_place(len(texts), arriving.all_calls))
    return Observed(places, summary_of(arriving.head, texts, calling=bool(arriving.calls)), broke_off)


def _failure(event: JsonObject) -> ProxyError:
    """The provider's own error, which stands in the event, whose type is its own, or in an object of its own."""
    flat = {key: value for key, value in event.items() if key != "type"}
    return told_in_stream(event["error"] if isinstance(event.get("error"), dict) else flat)


def _object(event: JsonObject, key: str) -> JsonObject:
    value = event.get(key)
    return value if isinstance(value, dict) else {}
