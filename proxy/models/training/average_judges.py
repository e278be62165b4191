"""Averages the weights of several trained entailment models into one. Needs the ``training`` extra.

    python -m proxy.models.training.average_judges --models DIR DIR ... --out DIR

Models that went on from the same start lie close enough together for their mean to be as good as their ensemble
(Wortsman et al., "Model soups", ICML 2022).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder


def average(models: Sequence[CrossEncoder]) -> CrossEncoder:
    """The first model with the mean of all weights."""
    states = [model.state_dict() for model in models]
    mean = {
        name: torch.stack([state[name].float() for state in states]).mean(0).to(weights.dtype)
        for name, weights in states[0].items()
    }
    models[0].load_state_dict(mean)
    return models[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    average([CrossEncoder(str(folder)) for folder in options.models]).save_pretrained(str(options.out))


if __name__ == "__main__":
    main()
