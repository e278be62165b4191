"""Policy rows as the judge is trained on them (``make model``, stage "policy"): claims beside what retrieval brings.

    python -m proxy.models.training.policy_rows --data DIR --out FILE [--seed N]

Labelled claims and natural sentences of the training split, one-edit falsehoods and true rewordings of them and of
open policy texts, and some inference rows against forgetting. Rows that differ in one thing are of one group. Each
row has the ``fold`` of its company (inference rows: -1), so that a model can be trained without some companies.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from proxy.grounding.policy.alignment import align, lines_of, weights_of
from proxy.grounding.policy.features import by_authority
from proxy.grounding.policy.premise import LONGEST_PREMISE, hypothesis_of, premise_of
from proxy.models.embedder import Embedder
from proxy.models.training.document_claims import document_claims, with_passages
from proxy.models.training.inference_rows import CLASSES, Pair, training_pairs
from proxy.models.training.labelled_claims import LabelledClaim, edited, load

FOLDS = 4
NO_FOLD = -1
SHORT_PREMISE = 350  # characters: what a claim with one clear passage needs
SHORT_SHARE = {"documents": 0.8}  # of a source's rows; those of handbooks are many


# How often a row of a source is taken (0.5: every other one), once where nothing is said. What people wrote counts for
# more than what is made: what is policy's own sentence but for one word is settled by comparing them, and a small model
# that learns mostly from such rows learns that likeness of words is truth.
TIMES = {"claims": 0.85, "answers": 1.15, "strangers": 0.5, "edits": 0.3, "documents": 0.1}
REPLAYED = 0.024  # of the inference rows


def fold_of(company: str) -> int:
    """The fold that a company belongs to; stable over runs and machines."""
    return zlib.crc32(company.encode()) % FOLDS


def pair_of(row: LabelledClaim, longest: int = LONGEST_PREMISE, *, asked: bool = True) -> Pair | None:
    """The training row of a labelled claim; None where nothing was retrieved."""
    lines = lines_of(row.hits)
    if not lines:
        return None
    aligned = by_authority(align(row.claim, row.question, lines, weights_of(lines)))
    hypothesis = hypothesis_of(row.claim, row.question if asked else None)
    return Pair(premise_of(aligned, longest), hypothesis, CLASSES[row.label], row.source, row.id)


def policy_rows(data: Path, seed: int = 3) -> Iterator[tuple[Pair, int]]:
    """All rows of the stage, each with its fold."""
    random, embedder = Random(seed), Embedder.load()
    labelled = load(data, "train", embedder)
    made = _drawn(document_claims(data), random)
    rows = [*_drawn([*labelled, *edited(labelled)], random), *with_passages(made, data, embedder)]
    for row in rows:
        pair = _varied(row, random)
        if pair is not None:
            yield pair, fold_of(row.company)
    inferences = training_pairs(data)
    for pair in random.sample(inferences, int(REPLAYED * len(inferences))):
        yield pair, NO_FOLD


def _drawn(rows: Sequence[LabelledClaim], random: Random) -> list[LabelledClaim]:
    """Each row as often as its source's times say: their whole part, and one more as often as the rest says."""
    times = [TIMES.get(row.source, 1) for row in rows]
    return [
        row
        for row, each in zip(rows, times, strict=True)
        for _ in range(int(each) + (random.random() < each % 1))
    ]


def _varied(row: LabelledClaim, random: Random) -> Pair | None:
    """Some with a short premise, some without their question."""
    longest = SHORT_PREMISE if random.random() < SHORT_SHARE.get(row.source, 0.25) else LONGEST_PREMISE
    return pair_of(row, longest, asked=random.random() < 0.75)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    with options.out.open("w", encoding="utf-8") as out:
        for pair, fold in policy_rows(options.data, options.seed):
            out.write(json.dumps({**asdict(pair), "fold": fold}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
