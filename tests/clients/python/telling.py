"""What every program asks, and how it tells what it saw: a line of JSON for each case, which running.py reads.

A program brings what its client can do, as functions; ``tell`` turns them into the cases that all clients share. The
provider's answers to these questions stand in conversation.json.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

BASE_URL = os.environ["BASE_URL"]
KEY = os.environ["KEY"]
SKIPPED = os.environ.get("SKIP", "").split()

_CONVERSATION = json.loads((Path(__file__).parents[1] / "conversation.json").read_text(encoding="utf-8"))
MODEL, UNKNOWN_MODEL = _CONVERSATION["model"], _CONVERSATION["unknown_model"]
SUPPORTED, INVENTED = _CONVERSATION["supported"]["question"], _CONVERSATION["invented"]["question"]
TOOL, STRUCTURED = _CONVERSATION["tool"], _CONVERSATION["structured"]
SCHEMA = {"name": "limit", "strict": True, "schema": STRUCTURED["schema"]}

# What a program brings: the cases that are made of it, and what it is called with in each.
_CASES: dict[str, dict[str, dict[str, str]]] = {
    "ask": {
        "whole": {"question": SUPPORTED},
        "rewritten": {"question": INVENTED},
        "error": {"question": SUPPORTED, "model": UNKNOWN_MODEL},
    },
    "stream": {"stream": {"question": SUPPORTED}, "rewritten_stream": {"question": INVENTED}},
    "use_tool": {"tools": {"question": TOOL["question"]}},
    "structured": {"structured": {"question": STRUCTURED["question"]}},
    "cxai": {"cxai": {"question": INVENTED}},
    "cxai_stream": {"cxai_stream": {"question": INVENTED}},
    "responses": {"responses": {"question": INVENTED}},
    "responses_stream": {"responses_stream": {"question": INVENTED}},
    "responses_tool": {"responses_tool": {"question": TOOL["question"]}},
    "complete": {"completions": {"prompt": SUPPORTED}},
    "complete_stream": {"completions_stream": {"prompt": SUPPORTED}},
}


def get_booking(reference: str) -> str:
    """Looks up a booking by its reference."""
    return json.dumps(TOOL["result"]) if reference == TOOL["arguments"]["reference"] else "no such booking"


def installed(package: str) -> str:
    return f"{package} {version(package)}"


def tell(what: str, **brought: Callable[..., Any]) -> None:
    """Try each case of ``what``, and print what came of it. A generator counts as the pieces of a stream."""
    print(json.dumps({"package": what}), flush=True)
    with asyncio.Runner() as runner:
        for name, cases in ((name, _CASES[name]) for name in brought):
            for case, arguments in cases.items():
                seen = (
                    {"skipped": True}
                    if case in SKIPPED
                    else _try(runner, partial(brought[name], **arguments))
                )
                print(json.dumps({"case": case, **seen}), flush=True)


def _try(runner: asyncio.Runner, case: Callable[[], Any]) -> dict[str, Any]:
    try:
        saw = case()
        if inspect.isasyncgen(saw):
            saw = runner.run(_all_of(saw))
        elif inspect.isawaitable(saw):
            saw = runner.run(_awaited(saw))
        return {"saw": list(saw) if isinstance(saw, Iterator) else saw}
    except Exception as error:
        kind = type(error)
        return {"raised": f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}", "message": str(error)}


async def _all_of(pieces: Any) -> list[Any]:
    return [piece async for piece in pieces]


async def _awaited(saw: Any) -> Any:
    return await saw
