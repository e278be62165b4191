"""OpenAI's Agents SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import telling
from agents import Agent, Model, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, function_tool
from limit import Limit
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent
from telling import BASE_URL, KEY, MODEL, installed, tell

# docs
client = AsyncOpenAI(base_url=BASE_URL, api_key=KEY)
agent = Agent(name="chatbot", model=OpenAIChatCompletionsModel(model=MODEL, openai_client=client))
# end
responding = OpenAIResponsesModel(model=MODEL, openai_client=client)
get_booking = function_tool(telling.get_booking)


def chatting(model: str = MODEL) -> Model:
    return OpenAIChatCompletionsModel(model=model, openai_client=client)


async def _said(by: Agent, question: str) -> Any:
    return (await Runner.run(by, question)).final_output


async def _streamed(by: Agent, question: str) -> AsyncIterator[str]:
    async for event in Runner.run_streamed(by, question).stream_events():
        if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent):
            yield event.data.delta


async def ask(question: str, model: str = MODEL) -> str:
    return await _said(agent.clone(model=chatting(model)), question)


async def stream(question: str) -> AsyncIterator[str]:
    async for piece in _streamed(agent, question):
        yield piece


async def use_tool(question: str) -> str:
    return await _said(agent.clone(tools=[get_booking]), question)


async def structured(question: str) -> dict[str, Any]:
    return (await _said(agent.clone(output_type=Limit), question)).model_dump()


async def responses(question: str) -> str:
    return await _said(agent.clone(model=responding), question)


async def responses_stream(question: str) -> AsyncIterator[str]:
    async for piece in _streamed(agent.clone(model=responding), question):
        yield piece


async def responses_tool(question: str) -> str:
    return await _said(agent.clone(model=responding, tools=[get_booking]), question)


tell(
    installed("openai-agents"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    responses=responses,
    responses_stream=responses_stream,
    responses_tool=responses_tool,
)
