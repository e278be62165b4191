"""Tables of judged claims: all checkers side by side, then one of them by claim type and by company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from benchmarks.quality.cases import ADVERSARIAL, NATURAL, Case
from benchmarks.quality.checkers import Checked, Checker
from benchmarks.quality.tables import Table

from proxy.calibration.measures import Resampling, calibration_gap, equal_width_bins
from proxy.models.training.measures import Figure, Scored, auroc, figures, interval, resampled, share

KINDS = {ADVERSARIAL: "policy claims", NATURAL: "sentences of answers"}
HEADS = {
    "auroc_rest": "AUROC vs rest",
    "auroc_contradicted": "vs contradicted",
    "balanced_accuracy": "balanced acc.",
    "caught": "bad caught at 5%",
    "caught_contradicted": "contradicted at 5%",
    "caught_unsupported": "unsupported at 5%",
}
CALIBRATION = ("ECE", "ECE if perfect", "excess")
RESAMPLED_CLAIMS = "A company with one document has intervals from resampling its claims."
NOT_MEASURED = "–"


@dataclass(frozen=True, slots=True)
class Judged:
    """What one checker says of each case."""

    checker: Checker
    cases: Sequence[Case]
    checked: Sequence[Checked]

    def of_kind(self, kind: str) -> Judged:
        chosen = [(a, b) for a, b in zip(self.cases, self.checked, strict=True) if a.kind == kind]
        return replace(self, cases=[case for case, _ in chosen], checked=[found for _, found in chosen])

    @property
    def accepted(self) -> list[bool]:
        """Its verdicts, in words of yes and no."""
        return [bool(found.accepted) for found in self.checked]

    def scored(self) -> Scored:
        own = [found.accepted for found in self.checked]
        return Scored(
            scores=np.array([found.score for found in self.checked], dtype=float),
            label=np.array([case.label for case in self.cases]),
            documents=np.array([case.document for case in self.cases]),
            accepted=None if None in own else np.array(own, dtype=bool),
        )


def judge(checker: Checker, cases: Sequence[Case]) -> Judged:
    return Judged(checker, cases, [checker.check(case) for case in cases])


def comparison(split: str, kind: str, judged: Sequence[Judged]) -> Table:
    """One line a checker."""
    rows = []
    for each in judged:
        scored = each.scored()
        found = figures(scored)
        name = f"{each.checker.name} ({each.checker.version})"
        mark = "" if scored.accepted is not None else " *"
        rows.append([name + mark, *(found[key] for key in HEADS), *_calibration(each)])
    cases = judged[0].cases
    counts = ", ".join(f"{sum(case.label == label for case in cases)} {label}" for label in _labels(cases))
    note = (
        f"n={len(cases)} ({counts}) of {len({case.document for case in cases})} documents. 95% intervals by document. "
        "* has no verdict of its own: the balanced accuracy of the bar that suits these very rows best."
    )
    return Table(f"{KINDS[kind]}, {split} ({kind})", ["checker", *HEADS.values(), *CALIBRATION], rows, note)


def _calibration(judged: Judged) -> list[Figure | str]:
    """Calibration error (15 bins of equal width), that of a perfectly calibrated model of this n, and the excess."""
    if not judged.checker.probabilities:
        return [NOT_MEASURED] * len(CALIBRATION)
    rows = judged.scored()
    groups = np.unique(rows.documents, return_inverse=True)[1]
    gap = calibration_gap(rows.scores, rows.supported, equal_width_bins(rows.scores), Resampling(groups))
    perfect, excess = Figure(gap.perfect, *gap.perfect_interval), Figure(gap.excess, *gap.excess_interval)
    return [f"{gap.ece:.3f}", perfect, excess]


def _labels(cases: Sequence[Case]) -> list[str]:
    order = ("supported", "contradicted", "unsupported")
    return [label for label in order if any(case.label == label for case in cases)]


def by_type(split: str, kind: str, judged: Judged) -> Table:
    """Which claims of each type its verdict is right about, and how they rank beside those of the other side."""
    rows = []
    for label in _labels(judged.cases):
        for kind_of_claim in sorted({case.type for case in judged.cases if case.label == label}):
            mine = [case.label == label and case.type == kind_of_claim for case in judged.cases]
            right = [a == case.supported for a, case, m in _rows(judged, mine) if m]
            documents = [case.document for _, case, m in _rows(judged, mine) if m]
            rows.append(
                [
                    label,
                    kind_of_claim,
                    share(right, documents),
                    _apart(judged.scored(), np.array(mine), label),
                ]
            )
    title = f"{judged.checker.name} by claim type: {KINDS[kind]}, {split}"
    return Table(title, ["label", "type", "verdict right", "AUROC vs the other side"], rows)


def _rows(judged: Judged, mine: Sequence[bool]) -> Iterator[tuple[bool, Case, bool]]:
    return zip(judged.accepted, judged.cases, mine, strict=True)


def _apart(rows: Scored, mine: np.ndarray, label: str) -> Figure:
    """AUROC of these claims against all of the other side: supported ones against all bad ones, or the reverse."""
    good, bad = (mine, ~rows.supported) if label == "supported" else (rows.supported, mine)

    def measured(sample: np.ndarray) -> float:
        return auroc(rows.scores[sample][good[sample]], rows.scores[sample][bad[sample]])

    drawn = np.array([measured(sample) for sample in resampled(rows.documents, 300)])
    return interval(measured(np.arange(len(rows))), drawn)


def by_company(split: str, kind: str, judged: Judged) -> Table:
    keys = ("auroc_rest", "auroc_contradicted", "balanced_accuracy", "caught")
    rows = []
    scored = judged.scored()
    companies = np.array([case.company for case in judged.cases])
    for company in sorted(set(companies)):
        part = scored.take(companies == company)
        if len(set(part.documents)) == 1:
            part = replace(part, documents=np.arange(len(part)).astype(str))
        found = figures(part, 300)
        rows.append([company, len(part), *(found[key] for key in keys)])
    title = f"{judged.checker.name} by company: {KINDS[kind]}, {split}"
    return Table(title, ["company", "n", *(HEADS[key] for key in keys)], rows, RESAMPLED_CLAIMS)
