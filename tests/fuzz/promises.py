"""What is promised of every answer, whatever was asked and whatever the provider said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fuzz.amount import TALLY
from fuzz.place import Place
from support import responses
from support.asgi import Answered

JsonObject = dict[str, Any]

INSIDES = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|\b[A-Z]\w*(?:Error|Exception)\b|object at 0x|<class "
)
ERROR_KEYS = {"message", "type", "param", "code"}
DECISIONS = ("deliver", "rewrite", "escalate", "refuse")
NO_ANSWER = ("no_text", "interrupted")


@dataclass(slots=True)
class Told:
    """An answer as its client reads it: the text of each choice, the ``cxai`` object, or the error that ended it."""

    texts: dict[int, str] = field(default_factory=dict)
    cxai: JsonObject | None = None
    error: JsonObject | None = None
    strings: list[str] = field(default_factory=list)
    refused: bool = False


def check(place: Place, door: str, answered: Answered) -> None:
    """Raises AssertionError where a promise is broken."""
    assert not place.complaints.found, "\n".join(place.complaints.found)
    if answered.headers.get("x-cxai-unverified-reason") == "observe":
        return
    body = answered.body.decode()  # all that the proxy itself says is UTF-8
    assert not INSIDES.search(body), body
    if answered.status != 200:
        check_error(answered)
        return
    told = told_by(door, answered)
    for text in told.strings:
        leaked = [denied for denied in place.verifier.denied if denied in text]
        assert not leaked or _is_immediate(answered), (leaked, body)
    if told.error is not None:
        assert told.error.keys() >= ERROR_KEYS and isinstance(told.error["message"], str), body
    assert told.cxai is not None, body
    check_labels(place, door, answered, told)


def check_error(answered: Answered) -> None:
    told = json.loads(answered.body)
    assert isinstance(told["error"], dict), told
    assert told["error"].keys() >= ERROR_KEYS, told
    assert isinstance(told["error"]["message"], str) and told["error"]["message"], told
    assert isinstance(told["error"]["type"], str), told
    assert told["error"]["code"] != "internal_error", told
    TALLY.update([f"errors: {told['error']['code']} {told['error']['param']}"])
    assert answered.headers["x-cxai-verified"] == "no"
    assert answered.headers["x-cxai-unverified-reason"]
    assert len(answered.headers["x-cxai-trace-id"]) == 32


def check_labels(place: Place, door: str, answered: Answered, told: Told) -> None:
    """Header, body and record agree, and ``verified`` says no more than is true."""
    cxai = told.cxai or {}
    immediate = _is_immediate(answered)
    assert cxai["decision"] in DECISIONS and isinstance(cxai["verified"], bool), cxai
    assert cxai["verified"] == (cxai["unverified_reason"] is None), cxai
    assert (cxai.get("delivery") == "immediate") == immediate, cxai
    assert answered.headers["x-cxai-response-id"] == cxai["response_id"]
    if answered.headers["x-cxai-decision"] != "pending":
        assert answered.headers["x-cxai-decision"] == cxai["decision"]
        assert answered.headers["x-cxai-verified"] == ("yes" if cxai["verified"] else "no")
        assert answered.headers.get("x-cxai-unverified-reason") == cxai["unverified_reason"]
    record = place.ledger.answer(cxai["response_id"])
    assert record is not None, cxai
    assert record.decision == (cxai["called_for"] if immediate else cxai["decision"]), cxai
    assert record.verified == cxai["verified"], cxai
    # Damage may have made an answer of it; else nobody has judged it, and it does not leave.
    judged = any(responses.SECRET in choice["model_text"] for choice in record.choices)
    assert judged or responses.SECRET not in answered.body.decode(), answered.body
    for choice in record.choices:
        # Completions have no other place for a refusal than their text.
        said = [choice["delivered_text"], choice["refusal"] if door.endswith("completions") else None]
        kept = told.texts.get(choice["choice"], "").replace("\x00", "\ufffd")  # PostgreSQL holds no NUL
        assert "\n\n".join(filter(None, said)) == kept, (choice, told)
    for claim in cxai["claims"]:
        assert told.texts.get(claim["choice"], "")[claim["start"] : claim["end"]] == claim["text"], (
            claim,
            told,
        )
    TALLY.update([f"decided {cxai['decision']}, verified {cxai['verified']}"])
    if cxai["verified"]:
        check_verified(cxai, told, immediate=immediate)


def check_verified(cxai: JsonObject, told: Told, *, immediate: bool) -> None:
    assert told.error is None, told
    assert cxai["claims"], cxai
    assert all(claim["verdict"] != "unverified" for claim in cxai["claims"]), cxai
    if immediate:
        assert all(claim["verdict"] in ("supported", "not_checkable") for claim in cxai["claims"]), cxai
    for index, text in told.texts.items():
        spans = [(one["start"], one["end"]) for one in cxai["claims"] if one["choice"] == index]
        if any(rule["effect"] == "append_notice" for rule in cxai.get("rules", ())):
            text = text[: max((end for _, end in spans), default=0)]  # behind that stand a rule's own words
        unjudged = _outside(text, spans)
        assert not re.search(r"\w{2}", unjudged) or _is_json(text), (unjudged, text, cxai)


def _outside(text: str, spans: list[tuple[int, int]]) -> str:
    at, rest = 0, []
    for start, end in sorted(spans):
        rest.append(text[at:start])
        at = max(at, end)
    return "\n".join([*rest, text[at:]])


def _is_json(text: str) -> bool:
    """Of JSON the strings that are sentences are judged, and nothing else (docs/api.md)."""
    try:
        return isinstance(json.loads(text), dict | list | str)
    except ValueError:
        return False


def _is_immediate(answered: Answered) -> bool:
    return answered.headers.get("x-cxai-delivery") == "immediate"


def told_by(door: str, answered: Answered) -> Told:
    kind = answered.headers["content-type"]
    if kind.startswith("application/json"):
        body = json.loads(answered.body)
        return _told_whole(door, body)
    assert kind.startswith("text/event-stream"), kind
    events = list(_events(answered.body.decode()))
    return _told_responses(events) if door == "responses" else _told_chunks(events)


def _events(text: str) -> Iterator[Any]:
    assert text.endswith("\n\n"), text[-200:]
    for block in text.removesuffix("\n\n").split("\n\n"):
        (data,) = [line.removeprefix("data: ") for line in block.split("\n") if line.startswith("data: ")]
        yield data if data == "[DONE]" else json.loads(data)


def _told_whole(door: str, body: JsonObject) -> Told:
    told = Told(cxai=body["cxai"], strings=list(_strings(body)))
    if door == "responses":
        told.texts = _texts_of(body["output"])
    else:
        for choice in body["choices"]:
            text = choice["text"] if "text" in choice else choice["message"]["content"]
            told.texts[choice["index"]] = text or ""
    return told


def _told_chunks(events: list[Any]) -> Told:
    told = Told()
    last = events[-1]
    if last == "[DONE]":
        last = events[-2]
        assert "error" not in last or last["error"] is None, last
    else:
        told.error = last["error"]
    told.cxai = last["cxai"]
    for event in (one for one in events if one != "[DONE]"):
        told.strings += _strings(event)
        for choice in event.get("choices") or ():
            text = choice["text"] if "text" in choice else choice["delta"].get("content")
            told.texts[choice["index"]] = told.texts.get(choice["index"], "") + (text or "")
    told.strings += told.texts.values()
    return told


def _told_responses(events: list[Any]) -> Told:
    """The deltas and the items tell the same as the response in the end, where there is one."""
    told = Told(strings=[text for event in events for text in _strings(event)])
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    texts: dict[int, str] = {}
    for event in events:
        if event["type"] == "response.output_text.delta":
            texts[event["output_index"]] = texts.get(event["output_index"], "") + event["delta"]
    last = events[-1]
    if last["type"] == "error":
        told.error, told.cxai, told.texts = last["error"], last["cxai"], texts
    else:
        told.cxai, told.texts = last["response"]["cxai"], _texts_of(last["response"]["output"])
        assert texts == {index: text for index, text in told.texts.items() if text}, (texts, told.texts)
    told.strings += texts.values()
    return told


def _texts_of(output: list[JsonObject]) -> dict[int, str]:
    said = [item for item in output if item["type"] == "message"]
    return {
        number: "".join(part["text"] for part in item["content"] if part["type"] == "output_text")
        for number, item in enumerate(said)
    }


def _strings(value: Any) -> Iterator[str]:
    """All that is said, but for what repeats the request: a response's instructions, evidence from its tool results."""
    if isinstance(value, str):
        yield value
    told = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
    quotes_tool = str(told.get("document")).startswith("tool:")
    inner = [one for key, one in told.items() if key != "instructions" and not quotes_tool]
    for one in inner:
        yield from _strings(one)


def check_check(place: Place, answered: Answered) -> None:
    """The promises of ``POST /v1/guard/check``."""
    body = answered.body.decode()
    assert not place.complaints.found, "\n".join(place.complaints.found)
    assert not INSIDES.search(body), body
    if answered.status != 200:
        check_error(answered)
        return
    cxai = json.loads(body)
    assert answered.headers["x-cxai-decision"] == cxai["decision"]
    assert answered.headers["x-cxai-verified"] == ("yes" if cxai["verified"] else "no")
    assert answered.headers.get("x-cxai-unverified-reason") == cxai["unverified_reason"]
    assert cxai["verified"] == (cxai["unverified_reason"] is None), cxai
    denied = [claim for claim in cxai["claims"] if claim["text"] in place.verifier.denied]
    assert not [claim for claim in denied if claim["action"] == "deliver"], denied
    if cxai["verified"]:
        assert cxai["claims"] and all(claim["verdict"] != "unverified" for claim in cxai["claims"]), cxai


def check_left(place: Place, answered: Answered) -> None:
    """The promises to one who left: no word of a denied sentence, and a record that says what was read."""
    assert not place.complaints.found, "\n".join(place.complaints.found)
    if answered.status != 200 or answered.headers.get("x-cxai-unverified-reason") == "observe":
        return
    record = place.ledger.answer(answered.headers["x-cxai-response-id"])
    assert record is not None
    left = answered.body.decode()
    denied = [one for one in place.verifier.denied if one in left or json.dumps(one)[1:-1] in left]
    assert not denied or _is_immediate(answered), (denied, left)
    if '"cxai"' not in left:
        assert not record.verified or record.choices, record
