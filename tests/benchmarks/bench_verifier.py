"""The built-in verifier on labelled claims of companies it was not fitted on: quality, calibration, speed.

    python tests/benchmarks/bench_verifier.py --data DIR [--split dev]

Prints ranking and calibration by kind of claims (adversarial, natural, one-edit falsehoods), what becomes of whole
clean answers, catches by type of falsehood, and milliseconds a claim with retrieval left out.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from proxy.grounding.policy.verifier import THRESHOLD, LexicalSemanticVerifier
from proxy.grounding.types import Claim, ClaimKind, Fact, Label, Verdict
from proxy.models.embedder import Embedder
from proxy.models.labelled_claims import LabelledClaim, edited, load
from proxy.models.measures import report


def judged(rows: Sequence[LabelledClaim], embedder: Embedder) -> tuple[list[Verdict], list[float]]:
    """Verdicts and milliseconds, one claim after the other on one thread, nothing kept from before."""
    verifier = LexicalSemanticVerifier(embedder.embed)
    verdicts, times_ms = [], []
    for row in rows:
        claim = Claim(row.claim, 0, len(row.claim), ClaimKind.POLICY, row.claim)
        facts = [Fact("tool", text) for text in row.facts]
        started = perf_counter()
        verdicts.append(verifier.verify(claim, question=row.question, hits=row.hits, facts=facts))
        times_ms.append((perf_counter() - started) * 1000)
    return verdicts, times_ms


def labels(rows: Sequence[LabelledClaim], verdicts: Sequence[Verdict]) -> str:
    """By source: how often the verdict's label, hard conflicts included, lets true ones pass and stops false ones."""
    lines = [f"{'verdicts':<10}{'true accepted':>15}{'contradicted stopped':>22}{'unsupported stopped':>21}"]
    for source in sorted({row.source for row in rows}):
        chosen = [(row, verdict) for row, verdict in zip(rows, verdicts, strict=True) if row.source == source]
        cells = [
            _share(
                [verdict.label is Label.SUPPORTED for row, verdict in chosen if row.label == label], passed
            )
            for label, passed in (("supported", True), ("contradicted", False), ("unsupported", False))
        ]
        lines.append(f"{source:<10}{cells[0]:>15}{cells[1]:>22}{cells[2]:>21}")
    return "\n".join(lines)


def _share(passes: Sequence[bool], wanted: bool) -> str:
    if not passes:
        return "-"
    return f"{sum(each is wanted for each in passes)}/{len(passes)} {np.mean([each is wanted for each in passes]):.2f}"


def clean_answers(rows: Sequence[LabelledClaim], verdicts: Sequence[Verdict]) -> str:
    """How many answers without a slip pass untouched."""
    passed: dict[str, bool] = defaultdict(lambda: True)
    for row, verdict in zip(rows, verdicts, strict=True):
        if row.source == "answers" and row.type == "clean":
            passed[row.id] &= verdict.label is Label.SUPPORTED
    return f"clean answers untouched: {sum(passed.values())}/{len(passed)}"


def by_type(rows: Sequence[LabelledClaim], verdicts: Sequence[Verdict]) -> str:
    groups: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row, verdict in zip(rows, verdicts, strict=True):
        if row.source != "answers":
            groups[row.label, row.type].append((verdict.label is Label.SUPPORTED) == row.supported)
    return "\n".join(
        f"  {label:<13}{kind:<28}{sum(right):>4}/{len(right):<4}{np.mean(right):.2f}"
        for (label, kind), right in sorted(groups.items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="dev", choices=["train", "dev"])
    options = parser.parse_args()
    embedder = Embedder.load()
    rows = load(options.data, options.split, embedder)
    rows += edited(rows)
    verdicts, times_ms = judged(rows, embedder)
    print(report(rows, [verdict.confidence for verdict in verdicts], THRESHOLD))
    print(labels(rows, verdicts))
    print(clean_answers(rows, verdicts))
    print(by_type(rows, verdicts))
    print(
        f"ms a claim: p50 {np.percentile(times_ms, 50):.1f}, p99 {np.percentile(times_ms, 99):.1f}, n={len(rows)}"
    )


if __name__ == "__main__":
    main()
