"""A verifier whose confidence is mapped by a company's own labels, and whose support has to pass a proven threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from proxy.corpus.documents import Hit
from proxy.grounding.types import Claim, Fact, Label, Verdict, Verifier
from proxy.verifiers.calibration_file import Calibration, CalibrationError, read_calibration

_MARK = "+calibration-"  # what follows a verifier's version names the calibration in front of it
_RAW = "raw_confidence"
_TAKEN_BACK = "support_taken_back"


def calibrated(verifier: Verifier, path: Path | None) -> Verifier:
    """The verifier behind the calibration of a file; without a file the verifier itself.

    Raises:
        CalibrationError: the file cannot be used, or was fitted for another verifier.
    """
    if path is None:
        return verifier
    try:
        return CalibratedVerifier(verifier, read_calibration(path))
    except UnfittedVerifier as error:
        raise CalibrationError(f"{path}: {error}") from None


class UnfittedVerifier(CalibrationError):
    """The calibration was fitted for another verifier, or another version of it."""


class CalibratedVerifier:
    """Maps the inner verifier's confidence, and makes ``supported`` below the threshold ``unsupported``.

    It never makes anything supported. ``raw_of`` tells what the inner verifier said.

    Raises:
        UnfittedVerifier: ``calibration`` was fitted for another name or version than the inner verifier's.
    """

    def __init__(self, inner: Verifier, calibration: Calibration) -> None:
        fitted = calibration.verifier
        if (fitted.name, fitted.version) != (inner.name, inner.version):
            raise UnfittedVerifier(
                f"fitted for the verifier {fitted.name} {fitted.version}, but {inner.name} {inner.version} is in use, "
                "and its confidence means something else; run `cxai calibrate` again with your labels"
            )
        self._inner = inner
        self._calibration = calibration
        self.name = inner.name
        self.version = f"{inner.version}{_MARK}{calibration.version}"

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        verdict = self._inner.verify(claim, question=question, hits=hits, facts=facts)
        raw = verdict.confidence
        mapped = replace(
            verdict,
            confidence=self._calibration.curve(raw),
            scores={**verdict.scores, _RAW: raw},
        )
        risk = self._calibration.risk
        if verdict.label is not Label.SUPPORTED or risk.threshold is None or raw >= risk.threshold:
            return mapped
        reason = (
            f"the nearest policy text is quoted, but too little is certain: the verifier's score {raw:.4f} is below "
            f"{risk.threshold:.3f}, the calibrated threshold for at most {100 * risk.risk:g}% wrong"
        )
        scores = {**mapped.scores, _TAKEN_BACK: 1.0}
        return replace(mapped, label=Label.UNSUPPORTED, reason=reason, scores=scores)


def raw_of(verdict: Verdict) -> tuple[Label, float] | None:
    """Label and confidence as the verifier behind the calibration gave them; None where none changed the verdict."""
    raw = verdict.scores.get(_RAW)
    if raw is None:
        return None
    return (Label.SUPPORTED if _TAKEN_BACK in verdict.scores else verdict.label), raw


def is_calibrated(version: str) -> bool:
    """Whether this version of a verifier, as decision records have it, is one behind a calibration."""
    return _MARK in version


def uncalibrated(version: str) -> str:
    """The version of the verifier itself."""
    return version.partition(_MARK)[0]
