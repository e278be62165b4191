"""Haystack's OpenAIChatGenerator."""

from __future__ import annotations

from typing import Any

import telling
from haystack.components.generators.chat import OpenAIChatGenerator, OpenAIResponsesChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import Tool
from haystack.utils import Secret
from limit import Limit
from telling import BASE_URL, KEY, MODEL, TOOL, installed, tell

# docs
generator = OpenAIChatGenerator(model=MODEL, api_base_url=BASE_URL, api_key=Secret.from_token(KEY))
# end
responding = OpenAIResponsesChatGenerator(model=MODEL, api_base_url=BASE_URL, api_key=Secret.from_token(KEY))
get_booking = Tool(TOOL["name"], TOOL["description"], TOOL["parameters"], function=telling.get_booking)


def ask(question: str, model: str = MODEL) -> str | None:
    asked = OpenAIChatGenerator(model=model, api_base_url=BASE_URL, api_key=Secret.from_token(KEY))
    return _said(asked, question)


def _said(by: Any, question: str, **options: Any) -> str | None:
    return by.run(messages=[ChatMessage.from_user(question)], **options)["replies"][0].text


def stream(question: str) -> list[str]:
    return _streamed(generator, question)


def _streamed(by: Any, question: str) -> list[str]:
    pieces: list[str] = []
    by.run(
        messages=[ChatMessage.from_user(question)],
        streaming_callback=lambda chunk: pieces.append(chunk.content),
    )
    return pieces


def use_tool(question: str) -> str | None:
    return _with_tool(generator, question)


def _with_tool(by: Any, question: str) -> str | None:
    messages = [ChatMessage.from_user(question)]
    message = by.run(messages=messages, tools=[get_booking])["replies"][0]
    messages.append(message)
    for call in message.tool_calls:
        messages.append(ChatMessage.from_tool(get_booking.invoke(**call.arguments), origin=call))
    return by.run(messages=messages, tools=[get_booking])["replies"][0].text


def structured(question: str) -> dict[str, Any]:
    said = _said(generator, question, generation_kwargs={"response_format": Limit})
    return Limit.model_validate_json(said or "").model_dump()


def responses(question: str) -> str | None:
    return _said(responding, question)


def responses_stream(question: str) -> list[str]:
    return _streamed(responding, question)


def responses_tool(question: str) -> str | None:
    return _with_tool(responding, question)


tell(
    installed("haystack-ai"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    responses=responses,
    responses_stream=responses_stream,
    responses_tool=responses_tool,
)
