"""The least that a proxy of Litestar and httpx can do: the body goes on, the answer comes back.

Ours is held against it:

    PROVIDER=http://127.0.0.1:9100 python -m uvicorn benchmarks.gateway.bare:app
"""

from __future__ import annotations

import os
from typing import Any

import httpx
from litestar import Litestar, Request, Response, post

client = httpx.AsyncClient(base_url=os.environ.get("PROVIDER", ""), timeout=60)
PASSED = ("content-type", "authorization")


@post("/v1/chat/completions", status_code=200)
async def answer(request: Request[Any, Any, Any]) -> Response[bytes]:
    headers = {name: value for name, value in request.headers.items() if name in PASSED}
    found = await client.post("/v1/chat/completions", content=await request.body(), headers=headers)
    return Response(found.content, media_type="application/json", status_code=found.status_code)


app = Litestar([answer], openapi_config=None, logging_config=None)
