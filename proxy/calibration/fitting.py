"""A whole calibration: curve, figures before and after, threshold; and the file that serving and auditors read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from proxy.calibration.curve import Chosen, choose_curve, out_of_fold
from proxy.calibration.measures import Figures, figures
from proxy.calibration.risk import RiskControl, control_risk
from proxy.calibration.sample import Floats, Sample
from proxy.verifiers.calibration_file import FORMAT, FittedFor

ABOUT = (
    "Written by cxai calibrate. Serving reads verifier, curve and risk; docs/calibration.md explains every figure. "
    "The threshold is on the verifier's raw confidence."
)
ASSUMPTIONS = (
    "The labels are a random draw of the claims that will be judged in service (exchangeable): same kinds of "
    "questions, same documents, same chatbot. A sample of hard cases promises nothing about ordinary traffic.",
    "Labels are right. A wrong label counts as an error of the verifier, or hides one.",
    "Rows of one group (company, document, conversation) are not independent. Folds and intervals keep a group "
    "together; for the threshold, counts are divided by the design effect. That is an estimate: with groups of more "
    "than one row the promise is approximate, and without groups where there should be some it is too good.",
    "The threshold was chosen on raw scores by a sequence of tests declared before the labels were looked at. Choosing "
    "again with other settings until one passes breaks the promise.",
    "A new version of the verifier needs a new calibration, and the proxy refuses to start with the old one. New "
    "documents or another chatbot change the claims: label a fresh sample from time to time.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A fitted calibration. ``mapped`` are out-of-fold probabilities, shape (n,); ``after`` is measured on them."""

    sample: Sample
    mapped: Floats
    chosen: Chosen
    before: Figures
    after: Figures
    control: RiskControl


@dataclass(frozen=True, slots=True)
class Provenance:
    """What was calibrated, on what, and when.

    ``set_aside`` counts the rows that were not used, by reason; ``scored_before`` those whose score the file brought.
    """

    made_at: datetime
    verifier: FittedFor
    corpus_version: str
    labels_file: str
    labels_sha256: str
    rows: int
    set_aside: dict[str, int]
    scored_before: int


def fit_calibration(sample: Sample, *, risk: float, confidence: float) -> Result:
    """Fit and measure. The same sample gives the same result.

    Raises:
        CalibrationError: the labels are too few to fit on, or the confidence says nothing about them.
    """
    chosen = choose_curve(sample)
    mapped = out_of_fold(sample)
    return Result(
        sample=sample,
        mapped=mapped,
        chosen=chosen,
        before=figures(sample.scores, sample.true, sample.groups),
        after=figures(mapped, sample.true, sample.groups),
        control=control_risk(sample, mapped, risk, confidence),
    )


def stored(result: Result, provenance: Provenance) -> dict[str, Any]:
    """The file's content."""
    sample, control = result.sample, result.control
    calibrated = None if control.threshold is None else result.chosen.curve(control.threshold)
    return {
        "about": ABOUT,
        "format": FORMAT,
        "made_at": provenance.made_at.isoformat(timespec="seconds"),
        "verifier": msgspec.to_builtins(provenance.verifier),
        "corpus_version": provenance.corpus_version,
        "labels": {
            "file": provenance.labels_file,
            "sha256": provenance.labels_sha256,
            "rows": provenance.rows,
            "used": len(sample),
            "supported": int(sample.true.sum()),
            "groups": sample.group_count,
            "set_aside": provenance.set_aside,
            "scored_before": provenance.scored_before,
        },
        "curve": msgspec.to_builtins(result.chosen.curve),
        "choice": {
            "kind": result.chosen.kind,
            "why": result.chosen.why,
            "trials": [asdict(trial) for trial in result.chosen.trials],
        },
        "risk": {**asdict(control), "calibrated_threshold": calibrated},
        "figures": {"before": asdict(result.before), "after": asdict(result.after)},
        "assumptions": list(ASSUMPTIONS),
    }


def write(path: Path, text: str) -> None:
    """Put a text into a file as a whole: a proxy that starts meanwhile reads the old one or the new one."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def as_text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
