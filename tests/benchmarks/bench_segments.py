"""How fast an answer is segmented, whole and character by character. Run: python tests/benchmarks/bench_segments.py"""

from __future__ import annotations

import time
from collections.abc import Callable

from proxy.grounding.text.segments import Segmenter, segment

SAMPLES = {
    "prose": "You can claim the fare within 30 days, e.g. by mail. It costs $1,500.50 for Dr. Smith. "
    * 1_200,
    "list": "You need:\n- A **death certificate**.\n- A letter, which must be stamped.\n\n" * 1_400,
    "table": "| Fare | Refund |\n|---|---|\n" + "| Flex | full, within 30 days |\n" * 3_200,
    "no end": "word " * 20_000,
    "no space": "x" * 100_000,
}


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def stream(text: str) -> None:
    segmenter = Segmenter()
    for character in text:
        segmenter.feed(character)
    segmenter.finish()


def main() -> None:
    print(f"{'sample':10} {'whole':>14} {'by character':>14} {'ratio':>7} {'twice as long':>14}")
    for name, text in SAMPLES.items():
        whole, streamed = seconds(lambda text=text: segment(text)), seconds(lambda text=text: stream(text))  # type: ignore[misc]
        longer = seconds(lambda text=text: stream(text * 2))  # type: ignore[misc]
        print(
            f"{name:10} {len(text) / whole:>12,.0f}/s {len(text) / streamed:>12,.0f}/s {streamed / whole:>7.1f} "
            f"{longer / streamed:>13.1f}x"
        )


if __name__ == "__main__":
    main()
