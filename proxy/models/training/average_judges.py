"""The weighted mean of two entailment models, one of which went on from the other. Needs the ``training`` extra.

    python -m proxy.models.training.average_judges --start DIR --trained DIR --out DIR

What was learned since stays for the most part, and what was known before is forgotten less: on sentences unlike the
new rows the mean is better than either (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sentence_transformers import CrossEncoder

TRAINED_SHARE = 0.7


def averaged(start: CrossEncoder, trained: CrossEncoder) -> CrossEncoder:
    """``trained`` with the mean of both as weights."""
    before = start.state_dict()
    mean = {
        name: TRAINED_SHARE * weights + (1 - TRAINED_SHARE) * before[name]
        if weights.is_floating_point()
        else weights
        for name, weights in trained.state_dict().items()
    }
    trained.load_state_dict(mean)
    return trained


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("start", "trained", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    start, trained = (CrossEncoder(str(folder)) for folder in (options.start, options.trained))
    averaged(start, trained).save_pretrained(str(options.out))


if __name__ == "__main__":
    main()
