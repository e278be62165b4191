"""A model provider on loopback that costs next to nothing: fixed answers over bare sockets, in a process of its own.

    python -m benchmarks.gateway.provider PORT

Whole answers come at once; where the request's ``metadata`` has an ``answer``, it is that. A stream is 40 chunks; a
``user`` of ``every-5-ms`` spreads them.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

import uvloop

TEXT = (
    "You must apply for a bereavement fare before you travel. The offer covers at most 4 travellers per bereavement, "
    "and a newspaper notice is accepted as proof. Please tell me if I can do anything else for you."
)
CHUNKS = 40
SLOWLY = b'"every-5-ms"'
TOLD = b'"metadata"'
STREAMED = re.compile(rb'"stream": ?true')  # gateways write the JSON anew, each in its own way
CHUNK_S = 0.005
HEAD = {
    "id": "chatcmpl-loopback",
    "created": 1700000000,
    "model": "gpt-4o-mini",
    "system_fingerprint": "fp_loop",
}


def answered(content: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


def whole(text: str) -> bytes:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 19, "completion_tokens": 44, "total_tokens": 63}
    return answered(
        json.dumps({**HEAD, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
    )


def chunk(number: int) -> bytes:
    delta = {"content": f" word{number}"} if number else {"role": "assistant", "content": ""}
    finish = "stop" if number == CHUNKS - 1 else None
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}
    return framed(f"data: {json.dumps(body)}\n\n".encode())


def framed(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


WHOLE = whole(TEXT)
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM = [chunk(number) for number in range(CHUNKS)]
STREAM_END = framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Provider(asyncio.Protocol):
    """One connection; what it is asked is read no further than needed."""

    def connection_made(self, transport: Any) -> None:
        self._transport, self._read = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found or len(body) < content_length(head):
            return
        self._read.clear()
        if not STREAMED.search(body):
            self._transport.write(whole(json.loads(body)["metadata"]["answer"]) if TOLD in body else WHOLE)
        elif SLOWLY in body:
            self._transport.write(STREAM_HEAD)
            self._spread(asyncio.get_running_loop().time(), 0)
        else:
            self._transport.write(STREAM_HEAD + b"".join(STREAM) + STREAM_END)

    def _spread(self, begun: float, number: int) -> None:
        """One chunk now; the next at its time, so that delays do not add up."""
        if self._transport.is_closing():
            return
        if number == CHUNKS:
            self._transport.write(STREAM_END)
            return
        self._transport.write(STREAM[number])
        asyncio.get_running_loop().call_at(begun + (number + 1) * CHUNK_S, self._spread, begun, number + 1)


def content_length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
