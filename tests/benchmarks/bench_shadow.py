"""What live answers lose where copies of them go to a candidate: the same requests with the shadow on and off, in turn.

    PYTHONPATH=tests python tests/benchmarks/bench_shadow.py [ROUNDS]

Two proxies before one provider, which takes 50 ms as a quick model does; one copies every answer. They are asked in
turn, a block of requests each, so that what else the machine does falls on both, and a block's copies on its own
requests. Prints p50 and p99 of both and their ratios, each with a 95% interval by drawing blocks anew.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray
from support.provider import Provider
from support.serving import served

from proxy.app import create_app
from proxy.settings import Settings
from proxy.telemetry.logs import configure_logging

CORPUS = Path(__file__).parents[2] / "policy_corpus"
ANSWER = (
    "I'm sorry for your loss. You must apply before you travel. Bereavement fares cannot be booked online. "
    "The offer covers at most 4 travellers per bereavement. A newspaper notice is not accepted. Anything else?"
)
CANDIDATE = "name: next\nchanges: {system_prompt: Be brief.}\nshadow: {share: 1.0}\n"
BLOCK = 20
DRAIN_S = 1.0  # behind a block, for its last copies
Times = NDArray[np.float64]


def main() -> None:
    blocks = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    configure_logging("ERROR", json=False)
    provider = Provider()
    provider.answers(ANSWER, delay_s=0.05)
    with ExitStack() as stack:
        upstream = stack.enter_context(served(provider))
        urls = {name: proxy(stack, upstream, name) for name in ("off", "on")}
        time.sleep(3)  # until the candidate is open
        spent: dict[str, list[list[float]]] = {name: [] for name in urls}
        for block in range(-1, blocks):  # the first one warms up
            for name in ("off", "on") if block % 2 else ("on", "off"):
                took_ms = [asked(urls[name], block * BLOCK + number) for number in range(BLOCK)]
                spent[name] += [took_ms] if block >= 0 else []
                time.sleep(DRAIN_S)
        copies = httpx.get(f"{urls['on']}/metrics").text.splitlines()
    told(np.array(spent["off"]), np.array(spent["on"]))
    print(*(line for line in copies if line.startswith("cxai_shadow_copies_total")), sep="\n")


def proxy(stack: ExitStack, upstream: str, name: str) -> str:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if name == "on":
        (folder / "candidate.yaml").write_text(CANDIDATE, encoding="utf-8")
    settings = Settings(
        upstream=f"{upstream}/v1",
        corpus=CORPUS,
        policies=folder,
        database_url=f"sqlite:///{folder / 'ledger.db'}",
        log_level="error",
    )
    return stack.enter_context(served(create_app(settings)))


def asked(url: str, number: int) -> float:
    """Milliseconds of one answer. The question differs each time, so that nothing is remembered of it."""
    messages = [{"role": "user", "content": f"Can I get a bereavement fare? (request {number})"}]
    started = time.perf_counter()
    httpx.post(
        f"{url}/v1/chat/completions", json={"model": "m", "messages": messages}, timeout=60
    ).raise_for_status()
    return (time.perf_counter() - started) * 1000


def told(off: Times, on: Times) -> None:
    """Milliseconds, (blocks, requests) each."""
    drawn = np.random.default_rng(0).integers(len(off), size=(2000, len(off)))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        without, with_it = float(np.quantile(off, share)), float(np.quantile(on, share))
        ratios = np.quantile(on[drawn], share, axis=(1, 2)) / np.quantile(off[drawn], share, axis=(1, 2))
        low, high = np.quantile(ratios, (0.025, 0.975))
        ratio = f"ratio {with_it / without:.3f} ({low:.3f} to {high:.3f})"
        print(f"{name}: off {without:.1f} ms, on {with_it:.1f} ms, {ratio}, n = {off.size} each")


if __name__ == "__main__":
    main()
