"""The proxy at saturation for minutes: does its memory grow, is a record lost, does the event loop stand still?

    make soak [MINUTES=10] [ARGS="--callers 40 --workers 1 --database postgresql://..."]

``cxai serve`` stands with the guard on before a provider on loopback that answers at once, with eight sentences of the
shipped corpus, none of them twice the same. More callers than it can serve ask one question after the other, and get
every second answer as a stream. The exit status says whether this holds: of each answer that a client got to its end
the record is there and says the same, memory grows by less than 5% after the warm-up (the first fifth of the time),
from the second fifth to the last, nothing fails, and some are sent away. What the models hold while they run comes and
goes by 15 MiB and more: a fifth's median tells growth from that.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
from support.load import Load, NumberedProvider, compare
from support.serving import served

from proxy.grounding.text.segments import segment
from proxy.ledger.ledger import Ledger
from proxy.loopback import running_proxy

CORPUS = Path(__file__).parents[2] / "policy_corpus"
MOST_GROWTH = 0.05
SENTENCES = 8
LOOK_EVERY_S = 1.0
_METRICS = {
    "memory": "process_resident_memory_bytes",
    "shed": "cxai_requests_shed_total",
    "looks": "cxai_event_loop_lag_seconds_count",
    "looks in time": r'cxai_event_loop_lag_seconds_bucket\{le="0.02"\}',
}


@dataclass(slots=True)
class Watch:
    """What ``/metrics`` said: resident bytes of all workers by the second, and the last counts."""

    url: str
    memory: list[tuple[float, float]] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)

    async def look(self, client: httpx.AsyncClient) -> None:
        page = (await client.get(f"{self.url}/metrics")).text
        for name, metric in _METRICS.items():
            found = re.search(rf"^{metric} (\S+)$", page, flags=re.MULTILINE)
            self.counts[name] = float(found[1]) if found else 0.0
        self.memory.append((time.monotonic(), self.counts["memory"]))

    def by_parts(self, parts: int) -> list[float]:
        """Resident bytes in each of so many equal parts of the time: its median."""
        begun, ended = self.memory[0][0], self.memory[-1][0]
        found: list[list[float]] = [[] for _ in range(parts)]
        for at, value in self.memory:
            found[min(parts - 1, int(parts * (at - begun) / (ended - begun)))].append(value)
        return [median(values) for values in found if values]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the provider says to question ``n``; the sentences differ in the words before them."""

    sentences: Sequence[str]

    def __call__(self, number: int) -> str:
        chosen = random.Random(number).sample(self.sentences, SENTENCES)
        return " ".join(f"Case {number}-{at}: {sentence}" for at, sentence in enumerate(chosen))


def sentences_of(corpus: Path) -> list[str]:
    texts = [
        path.read_text(encoding="utf-8").partition("\n---\n")[2] for path in sorted(corpus.rglob("*.md"))
    ]
    found = [piece.text.strip() for text in texts for piece in segment(text)]
    return [text for text in found if 40 < len(text) < 200 and text.endswith(".") and "|" not in text]


async def played(load: Load, watch: Watch, seconds: float) -> None:
    ends = time.monotonic() + seconds
    playing = asyncio.create_task(load.play())
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        while time.monotonic() < ends:
            await watch.look(client)
            await asyncio.sleep(LOOK_EVERY_S)
        load.stop()
        await playing
        await watch.look(client)


def soak(options: argparse.Namespace) -> list[str]:
    """Run, print what was measured, and return what does not hold."""
    says = Answers(sentences_of(CORPUS))
    with tempfile.TemporaryDirectory(prefix="cxai-soak-") as folder:
        database_url = options.database or f"sqlite:///{folder}/cxai.db"
        arguments = ["--corpus", str(CORPUS), "--port", "0", "--workers", str(options.workers)]
        environment = {
            "CXAI_DATABASE_URL": database_url,
            "CXAI_MAX_REQUESTS": str(options.max_requests),
        }
        with served(NumberedProvider(says=says)) as upstream:
            arguments += ["--upstream", f"{upstream}/v1"]
            with running_proxy(arguments, folder=Path(folder), environment=environment) as proxy:
                load, watch = Load(proxy.url, options.callers), Watch(proxy.url)
                asyncio.run(played(load, watch, options.minutes * 60))
        with Ledger.open(database_url) as ledger:
            kept = compare(load.answers, ledger, says=says, expects=None)
    _, warm, *_, last = watch.by_parts(5)
    growth = last / warm - 1
    failed = {outcome: count for outcome, count in load.outcomes.items() if outcome not in ("200", "429")}
    late = watch.counts["looks"] - watch.counts["looks in time"]
    verified = sum(answer.verified for answer in load.answers)
    print(
        f"answers        {len(load.answers)} ({len(load.answers) / options.minutes / 60:.1f}/s), {verified} verified"
    )
    print(f"sent away      {watch.counts['shed']:.0f}")
    print(f"failed         {failed or 'none'}")
    print(f"records lost   {len(kept.lost)}, otherwise labelled {len(kept.mislabelled)}")
    tenths = " ".join(f"{value / 2**20:.0f}" for value in watch.by_parts(10))
    print(f"memory, MiB    {tenths}: {growth:+.1%} after the warm-up")
    print(f"event loop     over 20 ms late in {late:.0f} of {watch.counts['looks']:.0f} looks")
    for line in (kept.lost + kept.mislabelled)[:10]:
        print(" ", line)
    holds = {
        "no answer came": len(load.answers) > 0,
        "a record was lost": not kept.lost,
        "a record says something else": not kept.mislabelled,
        "something failed": not failed,
        "nobody was sent away: it was not saturated": watch.counts["shed"] > 0,
        f"memory grew by {growth:.1%}": growth < options.most_growth,
    }
    return [problem for problem, does in holds.items() if not does]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--callers", type=int, default=40)
    parser.add_argument("--max-requests", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--database", default="")
    parser.add_argument("--most-growth", type=float, default=MOST_GROWTH)
    problems = soak(parser.parse_args(arguments))
    print("\n".join(f"NOT: {problem}" for problem in problems) or "all holds")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
