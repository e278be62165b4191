"""The flow knows no dialect: a toy, which shares no word with chat completions, is guarded, observed and traced."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Reply
from support.raw_answers import streaming

from proxy.actions.gate import Gate
from proxy.guard import AnswerGuard, Messages
from proxy.wire.dialects.dialect import Asked, Observed, Place, Summary
from proxy.wire.dialects.registry import DIALECTS
from proxy.wire.errors import InvalidRequest, ProxyError, UpstreamInvalid, UpstreamUnreachable
from proxy.wire.request_body import parse_json_object

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."
WHOLE = "routes:\n  - name: all\n    delivery: whole\n"
OBSERVE = "routes:\n  - name: all\n    mode: observe\n"


class Toy:
    """``{"about": "...", "live": bool}`` is answered by ``{"lines": [...], "cost": 7}``, or live by bits of lines."""

    paths = ("/toys/{name:str}/say",)

    def parse(self, raw: bytes, params: Mapping[str, Any]) -> Asked:
        body = parse_json_object(raw)
        if not isinstance(body.get("about"), str):
            raise InvalidRequest("Say what it is about.", param="about")
        messages = ({"role": "user", "content": body["about"]},)
        path = f"/speak/{quote(params['name'], safe='')}"
        return Asked(raw, body, params["name"], messages, path, streamed=body.get("live") is True)

    def asking_whole(self, asked: Asked, messages: Messages | None = None) -> bytes:
        talk = {} if messages is None else {"talk": [message["content"] for message in messages]}
        return json.dumps({"about": asked.body["about"], **talk}).encode()

    def whole(self, content: bytes) -> ToyAnswer:
        try:
            return ToyAnswer(list(map(str, json.loads(content)["lines"])), json.loads(content)["cost"])
        except (ValueError, LookupError, TypeError):
            raise UpstreamInvalid("The toy does not talk.") from None

    def unasked(self, asked: Asked, response_id: str, created_at: int) -> bytes:
        return json.dumps({"lines": [""], "cost": 0}).encode()

    def told(self, body: JsonObject, asked: Asked) -> Iterable[bytes]:
        bits = [event("bit", line=index, bit=line) for index, line in enumerate(body["lines"])]
        return [*bits, event("over", over=body["cost"], cxai=body["cxai"])]

    def stream_guard(self, answer: AnswerGuard, asked: Asked) -> ToyStream:
        return ToyStream(answer)

    def observed(self, events: Iterable[str]) -> Observed:
        lines: dict[int, str] = {}
        for bit in map(json.loads, events):
            if "bit" in bit:
                lines[bit["line"]] = lines.get(bit["line"], "") + bit["bit"]
        return Observed([Place(index, line) for index, line in lines.items()])


@dataclass(frozen=True)
class ToyAnswer:
    lines: list[str]
    cost: int

    @property
    def places(self) -> Sequence[Place]:
        return [Place(index, line) for index, line in enumerate(self.lines)]

    @property
    def summary(self) -> Summary:
        return Summary(id="toy-1", usage={"completion_tokens": self.cost})

    def delivered(self, gates: Mapping[int, Gate], usage: JsonObject) -> JsonObject:
        lines = [gates[index].delivered if index in gates else "" for index in range(len(self.lines))]
        return {"lines": lines, "cost": usage["completion_tokens"]}


class ToyStream:
    """It ends with an event of its own and not with ``[DONE]``."""

    def __init__(self, answer: AnswerGuard) -> None:
        self._answer = answer
        self._cost: int | None = None

    async def relay(self, events: AsyncIterator[str]) -> AsyncIterator[bytes]:
        async for data in events:
            bit = json.loads(data)
            if "over" in bit:
                self._cost = bit["over"]
                break
            yield event("bit", line=bit["line"], bit=await self._answer.gate(bit["line"]).feed(bit["bit"]))
        if self._cost is None:
            raise UpstreamUnreachable("The toy stopped.")
        for index, gate in self._answer.gates.items():
            yield event("bit", line=index, bit=await gate.finish())
        self._answer.usage["completion_tokens"] = self._cost

    def texts(self, data: str) -> Iterable[tuple[int, str]]:
        bit = json.loads(data)
        return [(bit["line"], bit["bit"])] if "bit" in bit else []

    def last(self, cxai: JsonObject) -> Iterable[bytes]:
        return [event("over", over=self._cost, cxai=cxai)]

    def failure(self, error: ProxyError, cxai: JsonObject) -> bytes:
        return event("fault", fault=error.code, cxai=cxai)

    def summary(self) -> Summary:
        return Summary(id="toy-1")


def event(name: str, **data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


@pytest.fixture
def start_with_toy(start_proxy: StartProxy, monkeypatch: pytest.MonkeyPatch) -> StartProxy:
    monkeypatch.setattr("proxy.app.DIALECTS", (*DIALECTS, Toy()))
    return start_proxy


def talk(proxy: RunningProxy, *, live: bool) -> httpx.Response:
    return proxy.post("/toys/bear/say", {"about": "Bereavement?", "live": live})


def says(*lines: str, cost: int = 7) -> Reply:
    return Reply(body=json.dumps({"lines": lines, "cost": cost, "aside": FALSE}).encode())


def says_live(*lines: str, over: bool = True) -> Reply:
    bits: list[JsonObject] = [
        {"line": index, "bit": line[at : at + 5]}
        for index, line in enumerate(lines)
        for at in range(0, len(line), 5)
    ]
    return streaming(*bits, *([{"over": 7}] if over else []), done=False)


def events(text: str) -> list[tuple[str, JsonObject]]:
    named = [part.split("\n") for part in text.removesuffix("\n\n").split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in named]


def lines_of(response: httpx.Response) -> list[str]:
    if "event-stream" not in response.headers["content-type"]:
        return list(response.json()["lines"])
    lines: dict[int, str] = {}
    for name, data in events(response.text):
        if name == "bit":
            lines[data["line"]] = lines.get(data["line"], "") + data["bit"]
    return [lines[index] for index in sorted(lines)]


@pytest.mark.parametrize("live", [False, True])
def test_each_place_is_guarded_whole_and_streamed(start_with_toy: StartProxy, live: bool) -> None:
    proxy = start_with_toy()
    proxy.provider.replies = [says_live(TRUE, FALSE) if live else says(TRUE, FALSE)]
    response = talk(proxy, live=live)
    assert proxy.provider.paths == ["/v1/speak/bear"]
    assert proxy.provider.requests == [{"about": "Bereavement?", "live": live}]
    first, second = lines_of(response)
    assert first == TRUE and "after travel has been completed" in second and "90 days" not in response.text
    name, end = events(response.text)[-1] if live else ("over", response.json())
    assert name == "over" and "DONE" not in response.text
    assert end["cxai"]["decision"] == "rewrite" and end["cxai"]["verified"]
    assert [claim["choice"] for claim in end["cxai"]["claims"]] == [0, 1]
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.model, record.question, record.usage) == ("bear", "Bereavement?", {"completion_tokens": 7})
    assert [choice["model_text"] for choice in record.choices] == [TRUE, FALSE]


@pytest.mark.parametrize("live", [False, True])
def test_it_is_asked_again_and_told_as_a_stream(start_with_toy: StartProxy, live: bool) -> None:
    proxy = start_with_toy(policies=WHOLE)
    proxy.provider.replies = [says(FALSE), says(TRUE, cost=3)]
    response = talk(proxy, live=live)
    assert lines_of(response) == [TRUE] and response.headers["x-cxai-decision"] == "deliver"
    cost = events(response.text)[-1][1]["over"] if live else response.json()["cost"]
    assert cost == 10
    asked, again = proxy.provider.requests
    assert asked.get("live", False) is False
    assert again["talk"][0] == "Bereavement?" and FALSE in again["talk"][1]


@pytest.mark.parametrize("live", [False, True])
def test_it_is_observed_byte_for_byte(start_with_toy: StartProxy, live: bool) -> None:
    proxy = start_with_toy(policies=OBSERVE)
    reply = says_live(TRUE, FALSE) if live else says(TRUE, FALSE)
    proxy.provider.replies = [reply]
    response = talk(proxy, live=live)
    assert response.content == reply.body
    record = proxy.awaited_record(response.headers["x-cxai-response-id"])
    assert (record.mode, record.decision, record.verified) == ("observe", "rewrite", True)
    assert [choice["model_text"] for choice in record.choices] == [TRUE, FALSE]


def test_a_stream_that_breaks_off_ends_in_its_own_way(start_with_toy: StartProxy) -> None:
    proxy = start_with_toy()
    proxy.provider.replies = [says_live(f"{TRUE} You can", over=False)]
    response = talk(proxy, live=True)
    name, told = events(response.text)[-1]
    assert (name, told["fault"]) == ("fault", "upstream_unreachable")
    assert told["cxai"]["unverified_reason"] == "upstream_unreachable"
    assert lines_of(response) == [TRUE]
    assert (
        proxy.awaited_record(response.headers["x-cxai-response-id"]).unverified_reason
        == "upstream_unreachable"
    )


def test_an_answer_without_text_is_never_verified(start_with_toy: StartProxy) -> None:
    proxy = start_with_toy()
    proxy.provider.replies = [says("")]
    response = talk(proxy, live=False)
    assert response.headers["x-cxai-verified"] == "no"
    assert response.json()["cxai"]["unverified_reason"] == "no_text"


def test_what_it_cannot_read_is_told(start_with_toy: StartProxy) -> None:
    proxy = start_with_toy()
    proxy.provider.replies = [Reply(body=b'{"choices": []}')]
    assert talk(proxy, live=False).json()["error"]["code"] == "upstream_invalid_response"
    refused = proxy.post("/toys/bear/say", {"live": True})
    assert refused.status_code == 400 and refused.json()["error"]["param"] == "about"


def test_every_request_to_its_door_is_traced_under_the_doors_name(start_with_toy: StartProxy) -> None:
    proxy = start_with_toy()
    proxy.provider.replies = [says(TRUE)]
    url = f"{proxy.url}/toys/bear/say"
    responses = [talk(proxy, live=False), httpx.get(url), httpx.post(url, content=b"{")]
    assert [response.status_code for response in responses] == [200, 405, 400]
    assert all(len(response.headers["x-cxai-trace-id"]) == 32 for response in responses)
    counted = [
        line for line in httpx.get(f"{proxy.url}/metrics").text.splitlines() if "requests_total{" in line
    ]
    assert any('endpoint="POST /toys/{name:str}/say"' in line for line in counted)
    assert not any("toys/bear" in line for line in counted)
