"""LlamaIndex's OpenAILike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import telling
from limit import Limit
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike, OpenAILikeResponses
from telling import BASE_URL, KEY, MODEL, installed, tell

# docs
llm = OpenAILike(
    model=MODEL, api_base=BASE_URL, api_key=KEY, is_chat_model=True, is_function_calling_model=True
)
# end
responding = OpenAILikeResponses(model=MODEL, api_base=BASE_URL, api_key=KEY, is_function_calling_model=True)
get_booking = FunctionTool.from_defaults(telling.get_booking)


def ask(question: str, model: str = MODEL) -> str | None:
    asked = OpenAILike(model=model, api_base=BASE_URL, api_key=KEY, is_chat_model=True)
    return asked.chat([ChatMessage(question)]).message.content


def stream(question: str) -> Iterator[str]:
    for piece in llm.stream_chat([ChatMessage(question)]):
        yield piece.delta or ""


async def use_tool(question: str) -> str:
    return str(await FunctionAgent(tools=[get_booking], llm=llm).run(question))


def structured(question: str) -> dict[str, Any]:
    asked = OpenAILike(
        model=MODEL, api_base=BASE_URL, api_key=KEY, is_chat_model=True, should_use_structured_outputs=True
    )
    return asked.as_structured_llm(Limit).chat([ChatMessage(question)]).raw.model_dump()


def cxai(question: str) -> str:
    # docs
    answer = llm.chat([ChatMessage(question)])
    decision = answer.raw.cxai["decision"]
    # end
    return decision


def cxai_stream(question: str) -> str:
    *_, last = llm.stream_chat([ChatMessage(question)])
    return last.raw.cxai["decision"]


def responses(question: str) -> str | None:
    return responding.chat([ChatMessage(question)]).message.content


def responses_stream(question: str) -> Iterator[str]:
    for piece in responding.stream_chat([ChatMessage(question)]):
        yield piece.delta or ""


tell(
    installed("llama-index-llms-openai-like"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    cxai=cxai,
    cxai_stream=cxai_stream,
    responses=responses,
    responses_stream=responses_stream,
)
