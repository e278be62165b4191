"""What is fuzzed with: JSON of any shape, damaged requests and answers, and texts that are hard to cut."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from fuzz.place import DENIED, MODELS, QUOTE, UNJUDGED
from fuzz.upstream import ASIDES, Script, events_of, whole_of
from hypothesis import strategies as st

JsonObject = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

DOORS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "completions": "/v1/completions",
    "azure": "/openai/deployments/gated/chat/completions?api-version=2024-10-21",
    "azure completions": "/openai/deployments/escalating/completions?api-version=2024-10-21",
}

SENTENCES = (
    *(QUOTE, "You can return a book within thirty days of delivery.", "Refunds are free of charge."),
    *(f"Refunds are paid within {DENIED} days of the return.", f"You can get {DENIED} dollars back."),
    *(f"Our policy allows refunds of $1,{DENIED} per U.S. order, i.e. at once.", f"The {UNJUDGED} rule allows it."),
    *("Hello!", "I'm sorry to hear that.", "Anything else?", "I have refunded $450 to your credit card."),
)  # fmt: skip
ODD_TEXTS = (
    *("e\u0301", "", " ", "\n\n", "| Fare | Refund |\n|---|---|\n| Flex | full |\n", "```\ncode\n", "```", "- item\n"),
    *("1. ", "# Refunds\n", "§ 3.", "\ufeff", "👩‍👩‍👧", "退款需要三十天。", "\u2028", "\x00", "a" * 300, "<b>", "\\"),
    *('{"answer": "', '"}', "**", "U.S. ", "$1,0", "00.50 ", "\r", "\u202e", "Dr. "),
)  # fmt: skip
# Mostly little: what is damaged beyond recognition is refused at once, and tries nothing behind that.
how_often = st.sampled_from([0, 0, 0, 1, 1, 2, 3])


def seldom(one_in: int) -> st.SearchStrategy[bool]:
    """Not at an end of the range: Hypothesis likes ends."""
    return st.integers(1, one_in).map(lambda number: number == 1 + one_in // 2)


def mostly(usual: st.SearchStrategy[Any], else_one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return seldom(10).flatmap(lambda rare: else_one if rare else usual)


texts = st.lists(st.sampled_from(SENTENCES) | st.sampled_from(ODD_TEXTS), max_size=5).map(" ".join)
characters = st.text(max_size=12)
odd_characters = st.text(st.sampled_from("\ud800\udfff\x00\u2028\U0010ffff"), max_size=3)
keys = st.sampled_from(
    [
        *("model", "messages", "role", "content", "type", "text", "stream", "index", "delta", "choices", "usage"),
        *("finish_reason", "tool_calls", "function", "arguments", "output", "item", "response", "status", "id"),
        *("logprobs", "refusal", "error", "message", "n", "input", "prompt", "output_index", "stream_options"),
        *("response_format", "json_schema", "schema", "metadata", "user", "include", "instructions", "tokens"),
    ]
)  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.sampled_from([0, 1, -1, 127, 128, 1e308, -0.0])
    | characters
    | st.sampled_from(
        ["stop", "assistant", "message", "text", "output_text", "function_call", "error", "10" * 40]
    )
)
odd_numbers = st.sampled_from([2**63, -(2**80), float("nan"), float("inf")])
json_values = st.recursive(
    mostly(scalars, odd_numbers | odd_characters),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | characters, inner, max_size=3),
    max_leaves=6,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


odd_values = json_values | st.sampled_from([5, 60, 400]).map(nested)


@st.composite
def damaged(draw: Draw, values: st.SearchStrategy[Any]) -> Any:
    """One of ``values`` with up to three places replaced, removed, renamed, doubled or added."""
    value = copy.deepcopy(draw(values))
    for _ in range(draw(how_often)):
        value = _damage(draw, value)
    return value


def _damage(draw: Draw, value: Any) -> Any:
    places = list(_places(value))
    if not places:
        return draw(odd_values)
    container, key = draw(st.sampled_from(places))
    how = draw(st.sampled_from(["replace", "remove", "double", "add", "rename"]))
    if how == "replace":
        container[key] = draw(odd_values)
    elif how == "remove":
        del container[key]
    elif isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]) if how == "double" else draw(odd_values))
    elif how == "rename":
        container[draw(keys)] = container.pop(key)
    else:
        container[draw(keys)] = draw(odd_values)
    return value


def _places(value: Any) -> Any:
    found = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(found):
        yield value, key
        yield from _places(inner)


@st.composite
def json_bytes(draw: Draw, values: st.SearchStrategy[Any]) -> bytes:
    """A value as JSON, or nearly: in another charset, cut, or with bytes that nobody expects."""
    text = json.dumps(draw(values), ensure_ascii=draw(st.booleans()))
    raw = text.encode(errors="surrogatepass")
    how = draw(st.integers(0, 30))
    if how == 13:
        return raw[: draw(st.integers(0, len(raw)))]
    if how == 14:
        at = draw(st.integers(0, len(raw)))
        return raw[:at] + draw(st.binary(min_size=1, max_size=4)) + raw[at:]
    if how == 15:
        return text.encode(draw(st.sampled_from(["utf-16", "utf-8-sig", "utf-32"])), errors="surrogatepass")
    return raw


messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "system", "assistant", "tool", "developer"]), "content": texts}
    ),
    min_size=1,
    max_size=3,
)
_asides = {
    "stream": st.booleans(),
    "n": st.integers(1, 3),
    "stream_options": st.fixed_dictionaries({"include_usage": st.booleans()}),
    "user": characters,
}
_json_formats = st.sampled_from(
    [
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}},
        {"type": "json_schema", "json_schema": {"schema": {"pattern": "("}}},
    ]
)
models = st.sampled_from(MODELS)


def requests(door: str) -> st.SearchStrategy[JsonObject]:
    """Good requests of a door; the model chooses the route."""
    if door == "responses":
        items = st.fixed_dictionaries({"role": st.just("user"), "content": texts})
        own = {"model": models, "input": texts | st.lists(items, min_size=1, max_size=2)}
        formats = st.sampled_from([{"format": {"type": "json_object"}}, {"format": {"type": "text"}}])
        more = {"stream": st.booleans(), "text": formats, "store": st.booleans(), "instructions": texts}
        return st.fixed_dictionaries(own, optional=more)
    if door.endswith("completions"):
        own = {"model": models, "prompt": texts | st.lists(texts, min_size=1, max_size=2)}
        return st.fixed_dictionaries(own, optional=_asides)
    more = {**_asides, "response_format": _json_formats}
    return st.fixed_dictionaries({"model": models, "messages": messages}, optional=more)


header_values = st.binary(max_size=20).map(
    lambda value: bytes(byte for byte in value if byte >= 0x20 and byte != 0x7F).strip()
)
headers = st.just([]) | st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(b"x-cxai-customer-id", b"x-cxai-conversation-id", b"x-cxai-channel", b"x-cxai-as-of"),
                *(b"x-cxai-audience", b"x-cxai-jurisdiction", b"authorization", b"api-key", b"traceparent"),
                *(b"content-encoding", b"content-type", b"accept", b"baggage", b"x-request-id", b"cookie"),
            ]
        ),
        header_values | st.sampled_from([b"2026-01-01", b"identity", b"gzip", b"Bearer sk-test", b"staff"]),
    ),
    max_size=3,
)


@st.composite
def scripts(draw: Draw, door: str, *, streamed: bool) -> Script:
    """A provider's answer: good, damaged in its JSON, in its events or in its bytes, cut anywhere, in any pieces."""
    said = draw(st.lists(texts, min_size=1, max_size=3))
    path = DOORS[door].partition("?")[0]
    asides = draw(st.lists(st.sampled_from(ASIDES), max_size=2))
    status = draw(st.sampled_from([200] * 60 + [201, 204, 400, 401, 429, 500, 503]))
    if streamed == draw(seldom(30)):
        raw = draw(json_bytes(damaged(st.just(whole_of(path, said, asides)))))
        kind = draw(
            st.sampled_from(["application/json"] * 20 + ["text/html", "", "application/json; charset=utf-16"])
        )
    else:
        events = draw(_damaged_events(events_of(path, said, draw(st.integers(1, 40)), asides)))
        raw = b"".join(events)
        raw = raw[: draw(st.integers(0, len(raw)))] if draw(seldom(12)) else raw
        kind = draw(
            st.sampled_from(
                ["text/event-stream"] * 30
                + ["text/event-stream; charset=latin-1", "Text/Event-Stream;charset=x", "application/json"]
            )
        )
    size = draw(st.sampled_from([1_000_000, 500, 97, 13]))
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    told = draw(st.lists(st.tuples(passed_headers, header_values | st.just("é 退".encode())), max_size=2))
    return Script(pieces, status, kind, cut=draw(seldom(12)), headers=told)


passed_headers = st.sampled_from(
    [b"x-request-id", b"openai-processing-ms", b"x-ratelimit-limit", b"retry-after"]
)


@st.composite
def _damaged_events(draw: Draw, events: list[Any]) -> list[bytes]:
    events = list(events)
    for _ in range(draw(how_often)):
        at = draw(st.integers(0, len(events) - 1))
        other = draw(st.integers(0, len(events) - 1))
        how = draw(st.sampled_from(["damage", "damage", "drop", "double", "swap", "strange"]))
        if how == "damage":
            events[at] = draw(damaged(st.just(events[at])))
        elif how == "drop" and len(events) > 1:
            del events[at]
        elif how == "double":
            events.insert(at, copy.deepcopy(events[other]))
        elif how == "swap":
            events[at], events[other] = events[other], events[at]
        elif how == "strange":
            events.insert(at, draw(_strange_events))
    charset = draw(st.sampled_from(["utf-8"] * 20 + ["utf-16-le", "utf-16"]))
    return [event if isinstance(event, bytes) else draw(_sent(event, charset)) for event in events]


_strange_events = st.sampled_from(
    [
        b": comment\n\n",
        b"event: ping\ndata: {}\n\n",
        b"retry: 1\n\n",
        b"data:\n\n",
        b"\n\n\n",
        b"data: [DONE]\n\n",
        b'data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n',
        b'data: {"error": "overloaded"}\n\n',
        b'event: error\ndata: {"type": "error", "message": "x"}\n\n',
        b"\xff\xfe\n\n",
        b"id: \x00\ndata: 1\n\n",
        b"data: null\n\n",
        b'data: {"choices": [{}]}\n\n',
        b'data: {"choices": null}\n\n',
        b'data: {"choices": []}\n\n',
        b"\xef\xbb\xbfdata: {}\n\n",
        b'data: {"type": "response.completed"}\n\n',
    ]
)


@st.composite
def _sent(draw: Draw, event: Any, charset: str) -> bytes:
    """An event as it is sent, with any line ends and with a name or without."""
    if isinstance(event, str) and event == "[DONE]":
        return b"data: [DONE]\n\n"
    text = json.dumps(event, ensure_ascii=draw(st.booleans()))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]))
    lines = [f"data: {text}"]
    if draw(seldom(10)):
        lines = [f"event: {draw(st.sampled_from(['message', 'x']))}", *lines]
    return (end.join(lines) + end + end).encode(charset, "surrogatepass")
