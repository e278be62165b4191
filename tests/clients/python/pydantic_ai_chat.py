"""Pydantic AI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from limit import Limit
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from telling import BASE_URL, KEY, MODEL, get_booking, installed, tell

# docs
provider = OpenAIProvider(base_url=BASE_URL, api_key=KEY)
agent = Agent(OpenAIChatModel(MODEL, provider=provider))
# end
responding = Agent(OpenAIResponsesModel(MODEL, provider=provider))


async def ask(question: str, model: str = MODEL) -> str:
    return (await agent.run(question, model=OpenAIChatModel(model, provider=provider))).output


async def stream(question: str) -> AsyncIterator[str]:
    async for piece in _streamed(agent, question):
        yield piece


async def _streamed(by: Agent, question: str) -> AsyncIterator[str]:
    async with by.run_stream(question) as answer:
        async for piece in answer.stream_text(delta=True, debounce_by=None):
            yield piece


async def use_tool(question: str) -> str:
    return (await Agent(OpenAIChatModel(MODEL, provider=provider), tools=[get_booking]).run(question)).output


async def structured(question: str) -> dict[str, Any]:
    return (await agent.run(question, output_type=NativeOutput(Limit))).output.model_dump()


async def responses(question: str) -> str:
    return (await responding.run(question)).output


async def responses_stream(question: str) -> AsyncIterator[str]:
    async for piece in _streamed(responding, question):
        yield piece


async def responses_tool(question: str) -> str:
    with_tool = Agent(OpenAIResponsesModel(MODEL, provider=provider), tools=[get_booking])
    return (await with_tool.run(question)).output


tell(
    installed("pydantic-ai-slim"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    responses=responses,
    responses_stream=responses_stream,
    responses_tool=responses_tool,
)
