"""Fits the model that confirms who was told something (proxy/models/recalled.json), and says how well it does.

    python tests/benchmarks/fit_recalled.py [--kept FILE] [--held-out]

Of each asked thing of ``dev`` and ``test`` of recall/planted.yaml and of recall/fitted.yaml: the sentences that say it,
those written to be mistaken for them, sentences of other things that have the values asked for, and those of
recall/close.yaml. A logistic model (scikit-learn) of features that differ in FEWEST pairs or more. Prints, with each
asked thing left out in turn, what would be found and how much of it says something else, by threshold, and writes the
weights. Reading the pairs takes a quarter of an hour; with ``--kept`` what was read is kept in a file (JSON lines), and
another run goes on from it: begin a new file once features or models are others. ``--held-out`` fits nothing: it says
how the shipped weights do on ``held_out``, each of its sentences held against its own asked thing, beside made-up ones.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import TextIO

import numpy as np
import yaml
from numpy.typing import NDArray
from recall.answers import Planted, planted, sentence
from sklearn.linear_model import LogisticRegression

from proxy.grounding.policy.features import Embed
from proxy.intervals import wilson
from proxy.models.embedder import Embedder
from proxy.models.shipped import RECALLED
from proxy.recovery.recall.asked import Asked
from proxy.recovery.recall.confirming import LEAST_COSINE, Confirming

PARTS = "dev", "test", "fitted"
CLOSE = Path(__file__).parent / "recall" / "close.yaml"
MADE_UP = 1_000
SAY_EACH_OTHER = {
    "90 days after travel",
    "the bereavement discount can be claimed within 90 days after travel",
}
C = 0.05
FEWEST = 15
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence beside the asked thing. ``close`` ones are fitted on, and not counted.

    ``features`` are empty where its values are others, or it is far.
    """

    asked: str
    says: bool
    features: dict[str, float]
    close: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--held-out", action="store_true")
    given = parser.parse_args()
    embed = cache(Embedder.load().embed)
    confirming = Confirming.shipped(embed)
    if given.held_out:
        _measure(planted("held_out"), embed, confirming)
        return
    things = [one for part in PARTS for one in planted(part)]
    known = _known(given.kept)
    with given.kept.open("a", encoding="utf-8") if given.kept else nullcontext() as kept:
        pairs = list(_pairs(things, Reading(embed, confirming, known, kept)))
    _fit_all(pairs)


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads a sentence beside an asked thing, unless it is known already; what is read anew is written to ``kept``."""

    embed: Embed
    confirming: Confirming
    known: dict[tuple[str, str], dict[str, float]]
    kept: TextIO | None

    def features(self, of: str, text: str) -> dict[str, float]:
        asked = Asked.of(of)
        if self.embed(of) @ self.embed(text) < LEAST_COSINE or not asked.has_values(text):
            return {}
        if (of, text) not in self.known:
            self.known[of, text] = self.confirming.features(asked, text)
            if self.kept is not None:
                print(json.dumps([of, text, self.known[of, text]]), file=self.kept, flush=True)
        return self.known[of, text]


def _known(kept: Path | None) -> dict[tuple[str, str], dict[str, float]]:
    if kept is None or not kept.exists():
        return {}
    lines = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
    return {(asked, text): features for asked, text, features in lines}


def _measure(things: list[Planted], embed: Embed, confirming: Confirming) -> None:
    found, of = Counter[str](), Counter[str]()
    for one in things:
        asked, vector = Asked.of(one.asked), embed(one.asked)
        for kind, texts in (("say it", one.said), ("come near", one.not_said), ("made up", _made_up())):
            of[kind] += len(texts)
            for text in texts:
                near = vector @ embed(text) >= LEAST_COSINE
                found[kind] += bool(near and confirming.judge(asked, text).confirmed)
    for kind, whole in of.items():
        print(f"found of those that {kind}: {found[kind]} of {whole}")
    print(_share("found", found["say it"], of["say it"]))
    print(_share("says something else", found.total() - found["say it"], found.total()))


def _made_up() -> list[str]:
    random = Random(5)
    return list(dict.fromkeys(sentence(random) for _ in range(MADE_UP)))


def _share(name: str, part: int, whole: int) -> str:
    low, high = wilson(part, whole)
    return f"{name}: {part} of {whole} ({part / whole:.1%}, 95% {low:.1%} to {high:.1%})"


def _pairs(things: list[Planted], reading: Reading) -> Iterator[Pair]:
    nearly = yaml.safe_load(CLOSE.read_text(encoding="utf-8"))
    for one in things:
        others = [
            text
            for other in things
            if other is not one and not {one.asked, other.asked} <= SAY_EACH_OTHER
            for text in (*other.said, *other.not_said)
        ]
        close = [*nearly.get(one.asked, ()), Asked.of(one.asked).text, f"Yes, {one.asked}."]
        for text in (*one.said, *one.not_said, *others, *_made_up(), *close):
            features = reading.features(one.asked, text)
            yield Pair(one.asked, text in one.said or text in close, features, text in close)


def _fit_all(pairs: list[Pair]) -> None:
    read = [one for one in pairs if one.features]
    names = sorted({name for one in read for name in one.features})
    rows = np.array([[one.features.get(name, 0.0) for name in names] for one in read])
    kept = [column for column in range(len(names)) if _varies(rows[:, column])]
    names, rows = [names[column] for column in kept], rows[:, kept]
    says = np.array([one.says for one in read])
    counted = ~np.array([one.close for one in read])
    _by_threshold(
        _left_out(rows, says, np.array([one.asked for one in read]))[counted],
        says[counted],
        sum(one.says and not one.close for one in pairs),
    )
    means, spreads, model = _fit(rows, says)
    weights = model.coef_[0] / spreads
    stored = {
        "about": json.loads(RECALLED.read_text(encoding="utf-8"))["about"],
        "at_rest": round(float(model.intercept_[0] - weights @ means), 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
    }
    RECALLED.write_text(f"{json.dumps(stored, indent=0)}\n", encoding="utf-8")


def _varies(column: Matrix) -> bool:
    return len(column) - int(np.unique(column, return_counts=True)[1].max()) >= FEWEST


def _left_out(rows: Matrix, says: NDArray[np.bool_], asked: NDArray[np.str_]) -> Matrix:
    """The probability of each pair by a model that has seen nothing of its asked thing."""
    probability = np.zeros(len(rows))
    for one in sorted(set(asked)):
        own = asked == one
        means, spreads, model = _fit(rows[~own], says[~own])
        probability[own] = model.predict_proba((rows[own] - means) / spreads)[:, 1]
    return probability


def _by_threshold(probability: Matrix, says: NDArray[np.bool_], all_that_say_it: int) -> None:
    for threshold in np.arange(0.2, 0.55, 0.05):
        found = probability >= threshold
        right = int((found & says).sum())
        print(f"left out, from {threshold:.2f}: {_share('found', right, all_that_say_it)}")
        print(_share("says something else", int((found & ~says).sum()), int(found.sum())))


def _fit(rows: Matrix, says: NDArray[np.bool_]) -> tuple[Matrix, Matrix, LogisticRegression]:
    means, spreads = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    return means, spreads, LogisticRegression(C=C, max_iter=3_000).fit((rows - means) / spreads, says)


if __name__ == "__main__":
    main()
