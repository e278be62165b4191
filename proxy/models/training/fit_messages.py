"""Fit the models of messages' signs and write ``message_signs.json``. Needs the ``training`` extra.

    python -m proxy.models.training.fit_messages [--messages FILE] [--out FILE]

Logistic regression over a message's vector and its cues (``proxy/grounding/messages/cues.py``), one for each sign, on
the part ``train`` of the labelled messages. The bar of a sign is set on scores out of fold, folds by family of
messages: the lowest at which MOST_FALSE of the messages without the sign would be taken for it. Figures printed are on
``dev``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from proxy.grounding.messages.classifier import SIGNS
from proxy.grounding.messages.cues import CUES, cues_of
from proxy.grounding.messages.reading import meaning_of, readable, without_courtesies
from proxy.grounding.messages.signs import is_open, signs_of
from proxy.models.embedder import Embedder
from proxy.models.shipped import MESSAGE_SIGNS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MESSAGES = Path("tests/data/customer_messages.jsonl")
FOLDS = 10
VECTOR_SCALE = (
    3.0  # a unit vector's numbers are small beside cues of 0 and 1; chosen out of fold, as INVERSE_PENALTY
)
INVERSE_PENALTY = 0.8
# A case needlessly with a person costs a wait, one sent back to automation is the failure that this is for; but half of
# the messages without a sign were written to look as if they had it, so in traffic there are fewer false alarms.
MOST_FALSE = {"wants_person": 0.03, "is_complaint": 0.03, "about_account": 0.1}


def load(file: Path, split: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["split"] == split]


def inputs_of(rows: Sequence[dict[str, Any]], embedder: Embedder) -> Floats:
    """Vectors, scaled, and cues, side by side; shape (n, 384 + cues)."""
    texts = [without_courtesies(readable(row["text"])) for row in rows]
    vectors = np.stack([embedder.embed(meaning_of(text)) for text in texts]) * VECTOR_SCALE
    return np.hstack([vectors, np.array([cues_of(text) for text in texts])]).astype(np.float64)


def fit(rows: Sequence[dict[str, Any]], inputs: Floats) -> dict[str, Any]:
    """What is stored: a model for each sign."""
    return {
        "about": "a sign is there where vector . weights + cues . weights + bias >= bar; written by fit_messages.py",
        "cues": list(CUES),
        "signs": {sign: _fit_sign(sign, rows, inputs) for sign in SIGNS},
    }


def _fit_sign(sign: str, rows: Sequence[dict[str, Any]], inputs: Floats) -> dict[str, Any]:
    """Fitted on the messages whose wording settles nothing: the model is asked about no others."""
    unsettled = np.array([is_open(sign, row["text"]) for row in rows])
    rows, inputs = [row for row, kept in zip(rows, unsettled, strict=True) if kept], inputs[unsettled]
    labels = np.array([row[sign] for row in rows])
    scores = _out_of_fold(inputs, labels, [row["family"] for row in rows])
    model = _regression().fit(inputs, labels)
    size = inputs.shape[1] - len(CUES)
    return {
        "bias": round(float(model.intercept_[0]), 4),
        "bar": round(_bar(scores[~labels], MOST_FALSE[sign]), 4),
        "cues": [round(float(weight), 4) for weight in model.coef_[0, size:]],
        "vector": [round(float(weight) * VECTOR_SCALE, 4) for weight in model.coef_[0, :size]],
    }


def _regression() -> LogisticRegression:
    return LogisticRegression(C=INVERSE_PENALTY, max_iter=2_000)


def _out_of_fold(inputs: Floats, labels: Flags, families: Sequence[str]) -> Floats:
    """The log-odds of each message by a model that has seen none of its family."""
    scores = np.zeros(len(labels))
    for seen, held_out in GroupKFold(FOLDS).split(inputs, labels, families):
        scores[held_out] = _regression().fit(inputs[seen], labels[seen]).decision_function(inputs[held_out])
    return scores


def _bar(without: Floats, most_false: float) -> float:
    return float(np.quantile(without, 1 - most_false))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=Path, default=MESSAGES)
    parser.add_argument("--out", type=Path, default=MESSAGE_SIGNS)
    options = parser.parse_args()
    embedder = Embedder.load()
    rows = load(options.messages, "train")
    stored = fit(rows, inputs_of(rows, embedder))
    options.out.write_text(json.dumps(stored, separators=(",", ":")) + "\n", encoding="utf-8")
    _report(load(options.messages, "dev"), embedder)


def _report(rows: Sequence[dict[str, Any]], embedder: Embedder) -> None:
    found = [signs_of(row["text"], embedder.embed) for row in rows]
    for sign in SIGNS:
        labels = np.array([row[sign] for row in rows])
        seen = np.array([getattr(each, sign) for each in found])
        print(
            f"{sign}: found {seen[labels].sum()} of {labels.sum()}, false {seen[~labels].sum()} of {(~labels).sum()}"
        )


if __name__ == "__main__":
    main()
