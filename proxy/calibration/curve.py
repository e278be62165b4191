"""From raw confidence to probability: logistic or isotonic, chosen by cross-validation over groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from proxy.calibration.sample import Floats, Ints, Sample
from proxy.verifiers.calibration_file import CalibrationError, Curve, Isotonic, Logistic, log_odds

FOLDS = 5
# Fewer of a kind, and a curve through them says nothing.
FEWEST_OF_A_KIND = 10
# Below about a thousand labels an isotonic curve fits the noise (Niculescu-Mizil & Caruana, ICML 2005, section 4).
ISOTONIC_FROM = 1_000
SEED = 0

Fit = Callable[[Sample], Curve]


@dataclass(frozen=True, slots=True)
class Trial:
    """How one kind of curve did on rows that it was not fitted on."""

    kind: str
    brier: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Chosen:
    """A curve fitted on all rows, why its kind was taken, and how each kind did."""

    curve: Curve
    kind: str
    why: str
    trials: tuple[Trial, ...]


def choose_curve(sample: Sample) -> Chosen:
    """Fit the curve that does best on rows it was not fitted on.

    Raises:
        CalibrationError: too few labels of a kind or too few groups, or confidence that does not rise with truth.
    """
    _check_enough(sample)
    kinds: dict[str, Fit] = {"logistic": fit_logistic}
    if len(sample) >= ISOTONIC_FROM:
        kinds["isotonic"] = fit_isotonic
    splits = folds(sample)
    trials = tuple(_trial(kind, fit, sample, splits) for kind, fit in kinds.items())
    best = min(trials, key=lambda trial: trial.log_loss)
    return Chosen(kinds[best.kind](sample), best.kind, _why(best, trials, len(sample)), trials)


def out_of_fold(sample: Sample) -> Floats:
    """Each row's probability by a curve that was chosen and fitted without its group."""
    mapped = np.empty(len(sample))
    for train, held_out in folds(sample):
        mapped[held_out] = mapped_by(choose_curve(sample.take(train)).curve, sample.scores[held_out])
    return mapped


def mapped_by(curve: Curve, scores: Floats) -> Floats:
    return np.array([curve(float(score)) for score in scores])


def fit_logistic(sample: Sample) -> Logistic:
    """Logistic regression on log-odds with Platt's targets, which keep it finite where the classes do not overlap."""
    odds = np.array([log_odds(float(score)) for score in sample.scores])
    true = int(sample.true.sum())
    target = np.where(sample.true, (true + 1) / (true + 2), 1 / (len(sample) - true + 2))
    model = LogisticRegression(C=np.inf)
    model.fit(
        np.concatenate([odds, odds])[:, None],
        np.repeat([1, 0], len(sample)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    if slope <= 0:
        raise CalibrationError(
            "the verifier's confidence does not rise with what people said (slope "
            f"{slope:.2f}); no curve can mend that: look at the labels, and whether the corpus is the right one"
        )
    return Logistic(slope, intercept)


def fit_isotonic(sample: Sample) -> Isotonic:
    """Isotonic regression; its ends stay as far from 0 and 1 as n rows can tell."""
    nearest = 1 / (len(sample) + 2)
    model = IsotonicRegression(y_min=nearest, y_max=1 - nearest, out_of_bounds="clip")
    model.fit(sample.scores, sample.true)
    return Isotonic(tuple(model.X_thresholds_.tolist()), tuple(model.y_thresholds_.tolist()))


def folds(sample: Sample) -> list[tuple[Ints, Ints]]:
    """Rows to fit on and rows held out, no group in both; the same for the same sample."""
    count = min(FOLDS, sample.group_count, int(sample.true.sum()), int((~sample.true).sum()))
    if count < 2:
        raise CalibrationError(
            "all labels are of one group, so nothing is left to measure on; label claims of other groups "
            '(companies, documents, conversations), or leave out "group" where rows are independent'
        )
    # With every row on its own both do the same; the one for groups takes a second for some thousand of them.
    alone = sample.group_count == len(sample)
    split = (StratifiedKFold if alone else StratifiedGroupKFold)(count, shuffle=True, random_state=SEED)
    return list(split.split(sample.scores, sample.true, None if alone else sample.groups))


def _check_enough(sample: Sample) -> None:
    true = int(sample.true.sum())
    false = len(sample) - true
    if min(true, false) < FEWEST_OF_A_KIND:
        raise CalibrationError(
            f"too few labels to fit on: {true} supported and {false} contradicted or unsupported; "
            f"at least {FEWEST_OF_A_KIND} of each are needed outside every held-out part, better hundreds"
        )


def _trial(kind: str, fit: Fit, sample: Sample, splits: list[tuple[Ints, Ints]]) -> Trial:
    mapped = np.empty(len(sample))
    for train, held_out in splits:
        mapped[held_out] = mapped_by(fit(sample.take(train)), sample.scores[held_out])
    return Trial(kind, float(brier_score_loss(sample.true, mapped)), float(log_loss(sample.true, mapped)))


def _why(best: Trial, trials: tuple[Trial, ...], count: int) -> str:
    if len(trials) == 1:
        return f"logistic, because {count} labels are fewer than the {ISOTONIC_FROM} that an isotonic curve needs"
    other = next(trial for trial in trials if trial is not best)
    return (
        f"{best.kind}, because its cross-validated log loss is lower: {best.log_loss:.4f} against "
        f"{other.log_loss:.4f} ({other.kind}); Brier {best.brier:.4f} against {other.brier:.4f}"
    )
