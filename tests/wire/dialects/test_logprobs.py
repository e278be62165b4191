"""Log probabilities come back where the text left as the model gave it, and give nothing away where it did not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import RunningProxy, StartProxy
from support.provider import Reply
from support.raw_answers import HEAD, ROLE, STOP, choice, chunk, streaming, whole

JsonObject = dict[str, Any]
TRUE = "You must apply before you travel – naïvely."
PLAIN = "You must apply before you travel."
FALSE = "You can claim the bereavement fare within 90 days after your trip."


def entry(token: str, **more: Any) -> JsonObject:
    return {"token": token, "logprob": -0.25, "bytes": list(token.encode()), "top_logprobs": [], **more}


def tokens(text: str) -> list[JsonObject]:
    words = text.split(" ")
    return [entry(word if number == 0 else f" {word}") for number, word in enumerate(words)]


def reply(text: str, entries: list[JsonObject] | None, *, stream: bool, cut: int = 2) -> Reply:
    if not stream:
        return whole({**choice(text), "logprobs": {"content": entries, "refusal": None}})
    pieces = [chunk({"content": text[:7]}, logprobs={"content": (entries or [])[:cut]})]
    pieces += [chunk({"content": text[7:]}, logprobs={"content": (entries or [])[cut:]})]
    return streaming(ROLE, *pieces, STOP)


def answered(proxy: RunningProxy, *, stream: bool, **more: Any) -> tuple[list[JsonObject], JsonObject, str]:
    """The log probabilities that came, the cxai object, and everything as text."""
    response = proxy.ask("Bereavement?", stream=stream, logprobs=True, **more)
    if not stream:
        body = response.json()
        logprobs = body["choices"][0].get("logprobs")
        return (logprobs["content"] if logprobs else []), body["cxai"], response.text
    lines = [line[6:] for line in response.text.split("\n") if line.startswith("data: {")]
    chunks = [json.loads(line) for line in lines]
    found = [c["logprobs"] for one in chunks for c in one["choices"] if c.get("logprobs")]
    return [e for one in found for e in one["content"]], chunks[-1]["cxai"], response.text


@pytest.mark.parametrize("stream", [False, True])
def test_they_come_back_beside_untouched_text(proxy: RunningProxy, stream: bool) -> None:
    proxy.provider.replies = [reply(TRUE, tokens(TRUE), stream=stream)]
    logprobs, cxai, _ = answered(proxy, stream=stream)
    assert logprobs == tokens(TRUE) and "logprobs_dropped" not in cxai


@pytest.mark.parametrize("stream", [False, True])
def test_they_are_dropped_with_a_note_where_a_sentence_was_repaired(
    proxy: RunningProxy, stream: bool
) -> None:
    text = f"{PLAIN} {FALSE}"
    proxy.provider.replies = [reply(text, tokens(text), stream=stream)]
    logprobs, cxai, everything = answered(proxy, stream=stream)
    assert logprobs == [] and cxai["logprobs_dropped"] == [0] and '" 90"' not in everything


@pytest.mark.parametrize("stream", [False, True])
def test_they_are_dropped_where_a_person_takes_over(proxy: RunningProxy, stream: bool) -> None:
    text = "I have refunded $450 to your card."
    proxy.provider.replies = [reply(text, tokens(text), stream=stream)]
    logprobs, cxai, everything = answered(proxy, stream=stream, user=f"l-{stream}")
    assert logprobs == [] and cxai["logprobs_dropped"] == [0] and "refunded" not in everything


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "entries",
    [
        tokens(FALSE),
        [*tokens(PLAIN), entry(FALSE)],
        [entry(FALSE, bytes=[0xFF])],
        [{**one, "bytes": None} for one in tokens(FALSE)],
        [FALSE],
        [{"token": FALSE}],
        [{"token": PLAIN, "logprob": FALSE}],
    ],
)
def test_they_pass_only_where_they_spell_the_text(
    proxy: RunningProxy, stream: bool, entries: list[Any]
) -> None:
    proxy.provider.replies = [reply(PLAIN, entries, stream=stream)]
    logprobs, cxai, everything = answered(proxy, stream=stream)
    assert logprobs == [] and cxai["logprobs_dropped"] == [0] and "90 days" not in everything


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_rides_along_in_an_entry(proxy: RunningProxy, stream: bool) -> None:
    aside = {
        "note": FALSE,
        "top_logprobs": [entry(" We"), entry(FALSE), {"token": " A", "logprob": -1, "x": FALSE}],
    }
    entries = [{**one, **aside} for one in tokens(PLAIN)]
    entries[0]["token"] = FALSE  # its bytes say what it is
    proxy.provider.replies = [reply(PLAIN, entries, stream=stream)]
    logprobs, _, everything = answered(proxy, stream=stream)
    assert "".join(one["token"] for one in logprobs) == PLAIN and "90 days" not in everything
    assert [one["token"] for one in logprobs[0]["top_logprobs"]] == [" We", " A"]


def test_a_token_may_be_a_part_of_a_character(proxy: RunningProxy) -> None:
    octets = list(TRUE.encode())
    entries = [{"token": "?", "logprob": -1, "bytes": [octet]} for octet in octets]
    proxy.provider.replies = [whole({**choice(TRUE), "logprobs": {"content": entries}})]
    logprobs, _, _ = answered(proxy, stream=False)
    assert [one["bytes"] for one in logprobs] == [[octet] for octet in octets]
    assert logprobs[octets.index(0xE2)]["token"] == "\\xe2"


def test_the_official_clients_stream_helper_puts_them_together(proxy: RunningProxy) -> None:
    proxy.provider.replies = [reply(TRUE, tokens(TRUE), stream=True)]
    asked = {"model": "m", "messages": [{"role": "user", "content": "Bereavement?"}], "logprobs": True}
    with proxy.client().chat.completions.stream(**asked) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].logprobs is not None and final.choices[0].logprobs.content is not None
    assert "".join(one.token for one in final.choices[0].logprobs.content) == TRUE


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_held_whole_has_them_too(start_proxy: StartProxy, stream: bool) -> None:
    proxy = start_proxy(policies="routes:\n  - name: all\n    delivery: whole\n    reask: {times: 0}\n")
    proxy.provider.replies = [reply(TRUE, tokens(TRUE), stream=False)]
    logprobs, _, _ = answered(proxy, stream=stream)
    assert logprobs == tokens(TRUE)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("text", "kept"), [(PLAIN, True), (FALSE, False)])
def test_those_of_completions_have_their_own_shape(
    proxy: RunningProxy, stream: bool, text: str, kept: bool
) -> None:
    words = [one["token"] for one in tokens(text)]
    logprobs = {
        "tokens": words,
        "token_logprobs": [-0.5] * len(words),
        "top_logprobs": [{word: -0.5, "other": -2} for word in words],
        "text_offset": list(range(len(words))),
    }
    body = {**HEAD, "choices": [{"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "stop"}]}
    proxy.provider.replies = [streaming(body) if stream else Reply(body=json.dumps(body).encode())]
    asked = {"model": "m", "prompt": "Bereavement?", "stream": stream, "logprobs": 2}
    response = proxy.post("/v1/completions", asked)
    lines = [line[6:] for line in response.text.split("\n") if line.startswith("data: {")]
    bodies = [json.loads(line) for line in lines] if stream else [response.json()]
    found = [c["logprobs"] for one in bodies for c in one["choices"] if c["logprobs"]]
    assert found == ([logprobs] if kept else [])
    assert bodies[-1]["cxai"].get("logprobs_dropped") == (None if kept else [0])
