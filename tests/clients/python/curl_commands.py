"""curl, as commands of a shell."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from telling import BASE_URL, KEY, MODEL, SCHEMA, TOOL, get_booking, tell

COMMAND = Path(__file__).with_name("curl.sh").read_text(encoding="utf-8")


class CurlError(Exception):
    """curl gave up; the text is the body that it got."""


def curl(command: str, body: dict[str, Any]) -> str:
    environment = {**os.environ, "BASE_URL": BASE_URL, "KEY": KEY, "BODY": json.dumps(body)}
    done = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise CurlError(done.stdout + done.stderr)
    return done.stdout


def chat(messages: list[Any], model: str = MODEL, **options: Any) -> dict[str, Any]:
    return json.loads(curl(COMMAND, {"model": model, "messages": messages, **options}))


def events(answer: str) -> Iterator[dict[str, Any]]:
    for line in answer.splitlines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line.removeprefix("data: "))


def ask(question: str, model: str = MODEL) -> str:
    return chat([{"role": "user", "content": question}], model)["choices"][0]["message"]["content"]


def chunks(question: str) -> Iterator[dict[str, Any]]:
    return events(
        curl(COMMAND, {"model": MODEL, "messages": [{"role": "user", "content": question}], "stream": True})
    )


def stream(question: str) -> Iterator[str]:
    for chunk in chunks(question):
        yield chunk["choices"][0]["delta"].get("content") or ""


def use_tool(question: str) -> str:
    function = {key: TOOL[key] for key in ("name", "description", "parameters")}
    tools = [{"type": "function", "function": function}]
    messages: list[Any] = [{"role": "user", "content": question}]
    message = chat(messages, tools=tools)["choices"][0]["message"]
    messages.append(message)
    for call in message["tool_calls"]:
        result = get_booking(**json.loads(call["function"]["arguments"]))
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
    return chat(messages, tools=tools)["choices"][0]["message"]["content"]


def structured(question: str) -> dict[str, Any]:
    answer = chat(
        [{"role": "user", "content": question}],
        response_format={"type": "json_schema", "json_schema": SCHEMA},
    )
    return json.loads(answer["choices"][0]["message"]["content"])


def cxai(question: str) -> str:
    return chat([{"role": "user", "content": question}])["cxai"]["decision"]


def cxai_stream(question: str) -> str:
    *_, last = chunks(question)
    return last["cxai"]["decision"]


def responses(question: str) -> str:
    answer = json.loads(
        curl(COMMAND.replace("chat/completions", "responses"), {"model": MODEL, "input": question})
    )
    return "".join(part["text"] for item in answer["output"] for part in item["content"])


def responses_stream(question: str) -> Iterator[str]:
    answer = curl(
        COMMAND.replace("chat/completions", "responses"), {"model": MODEL, "input": question, "stream": True}
    )
    for event in events(answer):
        if event["type"] == "response.output_text.delta":
            yield event["delta"]


def complete(prompt: str) -> str:
    answer = curl(COMMAND.replace("chat/completions", "completions"), {"model": MODEL, "prompt": prompt})
    return json.loads(answer)["choices"][0]["text"]


first_line = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
tell(
    " ".join(first_line.split()[:2]),
    ask=ask,
    stream=stream,
    use_tool=use_tool,
    structured=structured,
    cxai=cxai,
    cxai_stream=cxai_stream,
    responses=responses,
    responses_stream=responses_stream,
    complete=complete,
)
