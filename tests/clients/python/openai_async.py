"""openai-python's AsyncOpenAI, with its helpers for streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from limit import Limit
from openai import AsyncOpenAI
from openai_parts import FUNCTION
from telling import BASE_URL, KEY, MODEL, get_booking, installed, tell

# docs
client = AsyncOpenAI(base_url=BASE_URL, api_key=KEY)
# end


async def ask(question: str, model: str = MODEL) -> str | None:
    answer = await client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": question}]
    )
    return answer.choices[0].message.content


async def stream(question: str) -> AsyncIterator[str]:
    async with client.chat.completions.stream(
        model=MODEL, messages=[{"role": "user", "content": question}]
    ) as events:
        async for event in events:
            if event.type == "content.delta":
                yield event.delta


async def use_tool(question: str) -> str | None:
    tools: Any = [{"type": "function", "function": {**FUNCTION, "strict": True}}]
    messages: list[Any] = [{"role": "user", "content": question}]
    for _ in range(2):
        async with client.chat.completions.stream(model=MODEL, messages=messages, tools=tools) as events:
            message = (await events.get_final_completion()).choices[0].message
        messages.append(message)
        for call in message.tool_calls or ():
            result = get_booking(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    return message.content


async def structured(question: str) -> dict[str, Any]:
    answer = await client.chat.completions.parse(
        model=MODEL, messages=[{"role": "user", "content": question}], response_format=Limit
    )
    parsed = answer.choices[0].message.parsed
    assert parsed is not None
    return parsed.model_dump()


async def cxai(question: str) -> str:
    # docs
    messages = [{"role": "user", "content": question}]
    answer = await client.chat.completions.create(model=MODEL, messages=messages)
    decision = answer.cxai["decision"]
    # end
    return decision


async def cxai_stream(question: str) -> str:
    chunks = await client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": question}], stream=True
    )
    async for chunk in chunks:
        last = chunk
    return last.cxai["decision"]


async def responses(question: str) -> str:
    return (await client.responses.create(model=MODEL, input=question)).output_text


async def responses_stream(question: str) -> AsyncIterator[str]:
    async with client.responses.stream(model=MODEL, input=question) as events:
        async for event in events:
            if event.type == "response.output_text.delta":
                yield event.delta


tell(
    installed("openai"),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    cxai=cxai,
    cxai_stream=cxai_stream,
    responses=responses,
    responses_stream=responses_stream,
)
