"""What asking for a key adds to a request: PYTHONPATH=.:tests python tests/benchmarks/bench_access.py

The doorkeeper alone, with the headers that the OpenAI SDK sends, by a clock of this thread's own work, so that what
else runs on the machine does not count.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from proxy.access.keys import new_key
from proxy.access.live import LiveKeys
from proxy.ledger.ledger import Ledger
from proxy.telemetry.metrics import Metrics
from proxy.wire.doorkeeper import Doorkeeper

ROUNDS, REQUESTS, KEYS = 15, 2000, 1000


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """The application behind the door."""


def scope_with(credential: bytes) -> dict[str, Any]:
    headers = [
        (b"host", b"127.0.0.1:8080"), (b"accept-encoding", b"gzip, deflate"), (b"connection", b"keep-alive"),
        (b"accept", b"application/json"), (b"content-type", b"application/json"),
        (b"user-agent", b"OpenAI/Python 1.60.0"), (b"x-stainless-lang", b"python"),
        (b"x-stainless-package-version", b"1.60.0"), (b"x-stainless-os", b"Linux"), (b"x-stainless-arch", b"x64"),
        (b"x-stainless-runtime", b"CPython"), (b"x-stainless-runtime-version", b"3.11.2"),
        (b"authorization", credential), (b"x-stainless-async", b"false"), (b"x-stainless-retry-count", b"0"),
        (b"x-stainless-read-timeout", b"600"), (b"content-length", b"100"),
    ]  # fmt: skip
    return {
        "type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip


async def microseconds(door: Any, credential: bytes) -> float:
    started = time.thread_time()
    for _ in range(REQUESTS):
        await door(scope_with(credential), None, None)
    return (time.thread_time() - started) / REQUESTS * 1e6


async def measure(door: Doorkeeper, credential: bytes) -> float:
    without = statistics.median([await microseconds(nothing, credential) for _ in range(ROUNDS)])
    return statistics.median([await microseconds(door, credential) for _ in range(ROUNDS)]) - without


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Ledger.open(f"sqlite:///{Path(folder) / 'l.db'}") as ledger:
        free = LiveKeys(ledger.api_keys, required=False)
        free.load()
        text, key = new_key("measured", requests_per_minute=10**9, concurrency=10)
        for _ in range(KEYS - 1):
            ledger.api_keys.add(new_key("another")[1], by="ops")
        ledger.api_keys.add(key, by="ops")
        keys = LiveKeys(ledger.api_keys)
        started = time.thread_time()
        keys.load()
        print(f"reading {KEYS} keys at the start: {(time.thread_time() - started) * 1e3:.1f} ms")
        started = time.thread_time()
        for _ in range(50):
            keys.load()
        print(f"a look for changes, once a second: {(time.thread_time() - started) / 50 * 1e3:.2f} ms")
        for name, held, credential in (
            ("with a key", keys, f"Bearer {text}"),
            ("where none is needed", free, "Bearer sk-x"),
        ):
            door = Doorkeeper(nothing, held, {"default"}, Metrics())
            print(f"a request {name}: {asyncio.run(measure(door, credential.encode())):.1f} µs")


if __name__ == "__main__":
    main()
