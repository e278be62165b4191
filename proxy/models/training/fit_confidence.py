"""Fit the built-in verifier's confidence and write ``confidence.json``. Needs the ``training`` extra.

    python -m proxy.models.training.fit_confidence --data DIR --folds DIR [--tier thorough] [--out FILE]

Boosted trees over the features of ``proxy/grounding/policy/features.py``, fitted on the training split with made
sentences added, then a Platt step on out-of-fold scores of natural sentences. Folds are by company, so that no fold has
seen the documents it is scored on; and what the entailment model says of a company's claims is said by the one in
``--folds/N`` that was trained without it. Companies of which there is none are left out. Figures printed are on the dev
split, with the shipped entailment model.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from proxy.grounding.policy.confidence import model_from_json
from proxy.grounding.policy.features import Entail, read
from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel
from proxy.models.shipped import CONFIDENCE_FILE, FOLDERS, Tier
from proxy.models.training.document_claims import document_claims, with_passages
from proxy.models.training.labelled_claims import LabelledClaim, edited, load
from proxy.models.training.measures import report
from proxy.models.training.policy_rows import fold_of

Floats = NDArray[np.float64]
MADE = 3_000
MADE_SEED = 9
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Fitting:
    """``weights`` of a row by its source; ``features`` are the beginnings of the names of those that are used."""

    weights: Mapping[str, float]
    trees: Mapping[str, Any]
    features: tuple[str, ...] = ("",)


TREES = {"learning_rate": 0.05, "min_samples_leaf": 30, "subsample": 0.7, "random_state": 0}
# The larger model reads well enough that likeness of words, which misleads where falsehoods are well made, only harms.
FITTINGS: dict[Tier, Fitting] = {
    "fast": Fitting(
        {"claims": 0.7, "answers": 5.0, "edits": 0.15, "strangers": 1.0, "documents": 0.3},
        {**TREES, "n_estimators": 400, "max_depth": 4, "max_features": 0.15},
    ),
    "thorough": Fitting(
        {"claims": 5.0, "answers": 5.0, "edits": 0.3, "strangers": 1.0, "documents": 0.3},
        {**TREES, "n_estimators": 80, "max_depth": 3, "max_features": 0.5},
        ("entails", "contradicts", "values_", "conflict_", "bind_", "groundless"),
    ),
}


def features_of(
    rows: Sequence[LabelledClaim], embedder: Embedder, entail_for: Callable[[LabelledClaim], Entail]
) -> list[dict[str, float]]:
    embed = lru_cache(maxsize=100_000)(embedder.embed)
    readings = [
        read(row.claim, row.question, row.hits, embed, entail_for(row), facts=row.facts) for row in rows
    ]
    return [reading.features if reading else {} for reading in readings]


def training_rows(data: Path, embedder: Embedder) -> list[LabelledClaim]:
    """The labelled claims, one-edit falsehoods of them, and MADE of the sentences made from open documents."""
    labelled = load(data, "train", embedder)
    made = Random(MADE_SEED).sample(document_claims(data), MADE)
    return [*labelled, *edited(labelled), *with_passages(made, data, embedder)]


def fit(rows: Sequence[LabelledClaim], features: Sequence[dict[str, float]], fitting: Fitting) -> str:
    """The model as JSON text."""
    names = [name for name in sorted(features[0]) if name.startswith(fitting.features)]
    inputs = np.array([[each.get(name, 0.0) for name in names] for each in features])
    labels = np.array([row.supported for row in rows])
    weights = np.array([fitting.weights[row.source] for row in rows])
    slope, intercept = _platt(rows, inputs, labels, weights, fitting.trees)
    trees = GradientBoostingClassifier(**fitting.trees).fit(inputs, labels, sample_weight=weights)
    prior = float(np.average(labels, weights=weights))
    stored = {
        "about": "P(supported) = sigmoid(slope * (base + sum of trees) + intercept); written by fit_confidence.py",
        "features": names,
        "base": float(np.log(prior / (1 - prior))),
        "slope": slope,
        "intercept": intercept,
        "trees": [
            _stored(estimator[0].tree_, fitting.trees["learning_rate"]) for estimator in trees.estimators_
        ],
    }
    return json.dumps(stored, separators=(",", ":"))


def _platt(
    rows: Sequence[LabelledClaim], inputs: Floats, labels: Any, weights: Any, trees: Mapping[str, Any]
) -> tuple[float, float]:
    """Slope and intercept fitted on scores of companies that the trees had not seen; natural sentences only."""
    companies = np.array([row.company for row in rows])
    natural = np.array([row.source == "answers" for row in rows])
    scores = np.zeros(len(rows))
    for train, held_out in GroupKFold(FOLDS).split(inputs, labels, companies):
        model = GradientBoostingClassifier(**trees).fit(
            inputs[train], labels[train], sample_weight=weights[train]
        )
        scores[held_out] = model.decision_function(inputs[held_out])
    platt = LogisticRegression(C=1e6).fit(scores[natural, None], labels[natural])
    return float(platt.coef_[0, 0]), float(platt.intercept_[0])


def _stored(tree: Any, rate: float) -> dict[str, list[Any]]:
    return {
        "feature": [int(number) if number >= 0 else -1 for number in tree.feature],
        "threshold": [round(float(number), 6) for number in tree.threshold],
        "left": [int(number) for number in tree.children_left],
        "right": [int(number) for number in tree.children_right],
        "value": [round(rate * float(number), 6) for number in tree.value[:, 0, 0]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with policy_claims, policy_answers, policy_docs"
    )
    parser.add_argument(
        "--folds",
        type=Path,
        required=True,
        help="folder with entailment models, each named by the fold that it has not seen",
    )
    parser.add_argument("--tier", choices=list(FITTINGS), default="fast")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    folder, embedder = FOLDERS[options.tier], Embedder.load()
    unseeing: dict[int, Entail] = {
        int(each.name): EntailmentModel.load(each).judge for each in options.folds.iterdir()
    }
    train = [row for row in training_rows(options.data, embedder) if fold_of(row.company) in unseeing]
    features = features_of(train, embedder, lambda row: unseeing[fold_of(row.company)])
    text = fit(train, features, FITTINGS[options.tier])
    (options.out or folder / CONFIDENCE_FILE).write_text(text + "\n", encoding="utf-8")
    model, shipped = model_from_json(text), EntailmentModel.load(folder)
    dev = load(options.data, "dev", embedder)
    dev += edited(dev)
    scores = [model.probability(each) for each in features_of(dev, embedder, lambda _: shipped.judge)]
    print(report(dev, scores))


if __name__ == "__main__":
    main()
