"""Natural-language-inference rows as the judge is first trained on them (``make model``, stage "inference").

    python -m proxy.models.training.inference_rows --data DIR --out FILE

Reads ``train/*.jsonl.gz`` and ``dev/*.jsonl.gz`` (``premise``, ``hypothesis``, ``label``). Two-way sets say only that a
hypothesis is not entailed: their rows get NOT_ENTAILED, and the loss asks only that entailment be improbable.
"""

from __future__ import annotations

import argparse
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SUPPORTED, UNSUPPORTED, CONTRADICTED, NOT_ENTAILED = range(4)
CLASSES = {
    "entailment": SUPPORTED,
    "neutral": UNSUPPORTED,
    "contradiction": CONTRADICTED,
    "not_entailment": NOT_ENTAILED,
    "supported": SUPPORTED,
    "unsupported": UNSUPPORTED,
    "contradicted": CONTRADICTED,
}
# The share of a set's rows that is trained on, where it is not all: captions, long biographies and answers made up
# from them have less in common with policy than contracts, rules, revised sentences and changed numbers.
SHARES: dict[str, float] = {
    "mnli": 0.85,
    "vitaminc": 0.36,
    "snli_cad": 0.45,
    "contractnli": 0.45,
    "breaking_nli": 0.2,
    "fever_binary": 0.17,
    "snli": 0.07,
    "infotabs": 0.06,
    "halueval_qa": 0.06,
    "halueval_dialogue": 0.0,
}
# Sets that have no dev file give one row in HELD_OUT_EVERY (by hash of the premise) to the general dev set.
HELD_OUT_EVERY = 20
WITHOUT_DEV = frozenset({"fever_binary", "halueval_qa", "halueval_dialogue"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A premise (passages) and a hypothesis (claim) with its class. ``group``: rows that should share a batch."""

    premise: str
    hypothesis: str
    label: int
    source: str
    group: str = ""


def training_pairs(data: Path) -> list[Pair]:
    """The training rows of every set, SHARES of them, without those held out for the general dev set."""
    return [
        pair
        for path in sorted((data / "train").glob("*.jsonl.gz"))
        for pair in _pairs(path)
        if not _held_out(pair) and _share(pair) < SHARES.get(pair.source, 1.0)
    ]


def general_dev_pairs(data: Path) -> list[Pair]:
    """Held-out rows with long general premises: ``fever_binary``, ``vitaminc``, ``halueval``."""
    held_out = [
        pair
        for name in sorted(WITHOUT_DEV)
        for pair in _pairs(data / "train" / f"{name}.jsonl.gz")
        if _held_out(pair)
    ]
    return held_out + list(_pairs(data / "dev" / "vitaminc.jsonl.gz"))


def _pairs(path: Path) -> Iterator[Pair]:
    source = path.name.removesuffix(".jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Pair(row["premise"], row["hypothesis"], CLASSES[row["label"]], source, row["premise"])


def _share(pair: Pair) -> float:
    """Where a premise stands between 0 and 1: all rows of a premise are taken, or none."""
    return zlib.crc32(b"share" + pair.premise.encode()) / 2**32


def _held_out(pair: Pair) -> bool:
    return pair.source in WITHOUT_DEV and zlib.crc32(pair.premise.encode()) % HELD_OUT_EVERY == 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    with options.out.open("w", encoding="utf-8") as out:
        for pair in training_pairs(options.data):
            out.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
