"""What a program with the official client does, whichever of its classes it uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from limit import Limit
from openai import OpenAI
from telling import MODEL, TOOL, get_booking

FUNCTION = {key: TOOL[key] for key in ("name", "description", "parameters")}


def parts(client: OpenAI) -> dict[str, Callable[..., Any]]:
    def ask(question: str, model: str = MODEL) -> str | None:
        answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": question}])
        return answer.choices[0].message.content

    def stream(question: str) -> Iterator[str]:
        chunks = client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": question}], stream=True
        )
        for chunk in chunks:
            yield (
                chunk.choices[0].delta.content or ""
            )  # as many programs do, without asking whether it is there

    def use_tool(question: str) -> str | None:
        tools: Any = [{"type": "function", "function": FUNCTION}]
        messages: list[Any] = [{"role": "user", "content": question}]
        message = (
            client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0].message
        )
        messages.append(message)
        for call in message.tool_calls or ():
            result = get_booking(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
        answer = client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
        return answer.choices[0].message.content

    def structured(question: str) -> dict[str, Any]:
        answer = client.chat.completions.parse(
            model=MODEL, messages=[{"role": "user", "content": question}], response_format=Limit
        )
        parsed = answer.choices[0].message.parsed
        assert parsed is not None
        return parsed.model_dump()

    def cxai(question: str) -> str:
        # docs
        answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": question}])
        decision = answer.cxai["decision"]
        # end
        return decision

    def cxai_stream(question: str) -> str | None:
        chunks = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": question}],
            stream=True,
            stream_options={"include_usage": True},
        )
        *_, last = chunks
        return last.cxai["decision"]

    return {
        "ask": ask,
        "stream": stream,
        "use_tool": use_tool,
        "structured": structured,
        "cxai": cxai,
        "cxai_stream": cxai_stream,
    }
