"""LangChain's ChatOpenAI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import telling
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from limit import Limit
from telling import BASE_URL, KEY, MODEL, installed, tell

# docs
chat = ChatOpenAI(model=MODEL, base_url=BASE_URL, api_key=KEY, include_response_headers=True)
# end
responding = ChatOpenAI(model=MODEL, base_url=BASE_URL, api_key=KEY, use_responses_api=True)
get_booking = tool(telling.get_booking)


def ask(question: str, model: str = MODEL) -> str:
    return ChatOpenAI(model=model, base_url=BASE_URL, api_key=KEY).invoke(question).text


def stream(question: str) -> Iterator[str]:
    for chunk in chat.stream(question):
        yield chunk.text


def use_tool(question: str) -> str:
    return _with_tool(chat, question)


def _with_tool(model: ChatOpenAI, question: str) -> str:
    with_tools = model.bind_tools([get_booking])
    messages: list[Any] = [HumanMessage(question)]
    message = with_tools.invoke(messages)
    messages.append(message)
    messages += [get_booking.invoke(call) for call in message.tool_calls]
    return with_tools.invoke(messages).text


def structured(question: str) -> dict[str, Any]:
    return chat.with_structured_output(Limit).invoke(question).model_dump()


def cxai(question: str) -> str:
    # docs
    answer = chat.invoke(question)
    decision = answer.response_metadata["headers"]["x-cxai-decision"]
    # end
    return decision


def responses(question: str) -> str:
    return responding.invoke(question).text


def responses_stream(question: str) -> Iterator[str]:
    for chunk in responding.stream(question):
        yield chunk.text


def responses_tool(question: str) -> str:
    return _with_tool(responding, question)


tell(
    installed("langchain-openai"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    cxai=cxai,
    responses=responses,
    responses_stream=responses_stream,
    responses_tool=responses_tool,
)
