"""What the proxy adds to an answer: the same requests straight to the provider and through each mode.

    PYTHONPATH=tests python tests/benchmarks/bench_proxy.py

The provider is a local server that answers at once, so that all of the time is the proxy's. Prints milliseconds and
the ratio to ``mode: off``.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from support.provider import Provider
from support.serving import served

from proxy.app import create_app
from proxy.settings import Settings

CORPUS = Path(__file__).parents[2] / "policy_corpus"
QUESTION = "Can I get a bereavement fare, and how do I apply?"
ANSWER = (
    "I'm sorry for your loss. You must apply before you travel. Bereavement fares cannot be booked online. "
    "The offer covers at most 4 travellers per bereavement. A newspaper notice is not accepted. Anything else?"
)
ROUNDS = 60


def main() -> None:
    provider = Provider()
    provider.answers(ANSWER)
    with served(provider) as upstream:
        timings = {"straight": median_ms(lambda n: ask(upstream, n))}
        for mode in ("off", "observe", "enforce"):
            with (
                tempfile.TemporaryDirectory() as folder,
                served(create_app(settings(upstream, mode, Path(folder)))) as url,
            ):
                timings[mode] = median_ms(lambda n, url=url: ask(url, n))
                timings[f"{mode}, streamed"] = median_ms(lambda n, url=url: ask(url, n, stream=True))
    for name, milliseconds in timings.items():
        print(f"{name:20} {milliseconds:7.1f} ms   {milliseconds / timings['off']:5.2f} x off")


def settings(upstream: str, mode: str, folder: Path) -> Settings:
    (folder / "routes.yaml").write_text(f"defaults: {{mode: {mode}}}\n", encoding="utf-8")
    return Settings(
        upstream=f"{upstream}/v1",
        corpus=CORPUS,
        policies=folder,
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        log_level="error",
    )


def ask(url: str, number: int, *, stream: bool = False) -> None:
    """The question differs each time, so that nothing is remembered of it; the answer's sentences are the same."""
    messages = [{"role": "user", "content": f"{QUESTION} (request {number})"}]
    body = {"model": "m", "messages": messages, "stream": stream}
    httpx.post(f"{url}/v1/chat/completions", json=body, timeout=60).raise_for_status()


def median_ms(one: Callable[[int], None]) -> float:
    for number in range(5):
        one(-number)
    spent = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        one(number)
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1000


if __name__ == "__main__":
    main()
