"""A verifier behind a calibration: what it changes, what it never does, and which files it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.actions.decide import Action, Judged, Ruling
from proxy.actions.report import claim_report
from proxy.corpus.documents import Hit
from proxy.grounding.judging import Judgement
from proxy.grounding.text.segments import segment
from proxy.grounding.types import Claim, ClaimKind, Evidence, Fact, Label, Verdict
from proxy.verifiers.calibrated import CalibratedVerifier, UnfittedVerifier, calibrated
from proxy.verifiers.calibration_file import (
    Calibration,
    CalibrationError,
    FittedFor,
    Isotonic,
    Logistic,
    Risk,
    read_calibration,
)

CLAIM = Claim("Refunds take 14 days.", 0, 21, ClaimKind.POLICY, "Refunds take 14 days.")
EVIDENCE = (Evidence("refunds", "Refunds", "Refunds are paid within 14 days."),)
HALF = Isotonic((0.0, 1.0), (0.0, 0.5))


class Said:
    """A verifier that always says the same."""

    name = "said"
    version = "1"

    def __init__(self, label: Label, confidence: float) -> None:
        self.verdict = Verdict(label, confidence, "because", EVIDENCE, {"words": 0.5})

    def verify(
        self, claim: Claim, *, question: str | None, hits: Sequence[Hit], facts: Sequence[Fact]
    ) -> Verdict:
        return self.verdict


def calibration(
    threshold: float | None, curve: Logistic | Isotonic = HALF, version: str = "1"
) -> Calibration:
    return Calibration(1, FittedFor("said", version), curve, Risk(0.02, 0.95, threshold), "abc")


def judged(label: Label, confidence: float, threshold: float | None) -> Verdict:
    verifier = CalibratedVerifier(Said(label, confidence), calibration(threshold))
    return verifier.verify(CLAIM, question=None, hits=(), facts=())


def test_confidence_is_mapped_and_what_the_verifier_said_is_kept():
    verdict = judged(Label.SUPPORTED, 0.9, 0.8)
    assert verdict == Verdict(
        Label.SUPPORTED, 0.45, "because", EVIDENCE, {"words": 0.5, "raw_confidence": 0.9}
    )


def test_support_below_the_threshold_becomes_unsupported_and_says_why():
    verdict = judged(Label.SUPPORTED, 0.9, 0.95)
    assert verdict.label is Label.UNSUPPORTED and verdict.evidence == EVIDENCE
    assert "score 0.9000 is below 0.950, the calibrated threshold for at most 2% wrong" in verdict.reason


def test_support_at_the_threshold_or_without_one_stays():
    assert judged(Label.SUPPORTED, 0.95, 0.95).label is Label.SUPPORTED
    assert judged(Label.SUPPORTED, 0.1, None).label is Label.SUPPORTED


def reported(verdict: Verdict) -> dict[str, Any]:
    """As the ``cxai`` object and the decision record have it."""
    (said,) = segment(CLAIM.text)
    judged = Judged(said, Ruling(Action.DELIVER, "because"), Judgement(CLAIM, verdict))
    return claim_report(judged, choice=0, text=CLAIM.text, start=0, end=21)


def test_what_was_said_before_the_calibration_is_reported_beside_what_came_of_it():
    """Labels are worth something only with the score that the next calibration is fitted on."""
    kept = reported(judged(Label.SUPPORTED, 0.9, 0.8))
    assert (kept["confidence"], kept["raw"]) == (0.45, {"verdict": "supported", "confidence": 0.9})
    taken = reported(judged(Label.SUPPORTED, 0.9, 0.95))
    assert (taken["verdict"], taken["raw"]) == ("unsupported", {"verdict": "supported", "confidence": 0.9})
    denied = reported(judged(Label.CONTRADICTED, 0.3, 0.95))
    assert denied["raw"] == {"verdict": "contradicted", "confidence": 0.3}
    assert "raw" not in reported(Said(Label.SUPPORTED, 0.9).verdict)


@given(st.sampled_from(list(Label)), st.floats(0, 1), st.none() | st.floats(0, 1))
def test_nothing_becomes_supported_that_was_not(label: Label, confidence: float, threshold: float | None):
    verdict = judged(label, confidence, threshold)
    assert 0 <= verdict.confidence <= 1
    if label is not Label.SUPPORTED:
        assert (verdict.label, verdict.reason) == (label, "because")


@given(st.floats(0.01, 20), st.floats(-20, 20), st.floats(0, 1), st.floats(0, 1))
def test_a_logistic_curve_keeps_order_within_0_and_1(slope: float, intercept: float, a: float, b: float):
    curve = Logistic(slope, intercept)
    low, high = sorted((a, b))
    assert 0 <= curve(low) <= curve(high) <= 1


@given(st.floats(0.001, 0.999))
def test_slope_1_and_intercept_0_change_nothing(raw: float):
    assert Logistic(1.0, 0.0)(raw) == pytest.approx(raw)


def test_the_version_names_verifier_and_calibration():
    verifier = CalibratedVerifier(Said(Label.SUPPORTED, 1), calibration(None))
    assert (verifier.name, verifier.version) == ("said", "1+calibration-abc")


def test_a_calibration_of_another_version_is_refused_with_what_to_do():
    with pytest.raises(
        UnfittedVerifier, match=r"fitted for the verifier said 0, but said 1 is in use.*run `cxai"
    ):
        CalibratedVerifier(Said(Label.SUPPORTED, 1), calibration(None, version="0"))


def written(folder: Path, **changes: Any) -> Path:
    content: dict[str, Any] = {
        "about": "anything",
        "format": 1,
        "verifier": {"name": "said", "version": "1"},
        "curve": {"kind": "logistic", "slope": 1.2, "intercept": -0.1},
        "risk": {"risk": 0.02, "confidence": 0.95, "threshold": 0.9, "statement": "..."},
        "figures": {},
    }
    path = folder / "calibration.json"
    path.write_text(json.dumps(content | changes))
    return path


def test_a_file_is_read_and_named_by_its_bytes(tmp_path: Path):
    first = read_calibration(written(tmp_path))
    assert first.curve == Logistic(1.2, -0.1) and first.risk.threshold == 0.9
    second = read_calibration(written(tmp_path, about="something else"))
    assert len(first.version) == 12 and first.version != second.version


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "written in format 2, this version reads 1"),
        ({"curve": {"kind": "spline"}}, "this is no calibration: Invalid value 'spline'"),
        (
            {"curve": {"kind": "logistic", "slope": -1, "intercept": 0}},
            r"Expected `float` > 0.0 - at `\$\.curve\.slope`",
        ),
        ({"curve": {"kind": "isotonic", "x": [0.5, 0.4], "y": [0, 1]}}, "must be pairs that never fall"),
        ({"curve": {"kind": "isotonic", "x": [0.5], "y": [0, 1]}}, "must be pairs that never fall"),
        ({"risk": {"risk": 0.02, "confidence": 0.95, "threshold": 90}}, r"at `\$\.risk\.threshold`"),
        ({"risk": {"risk": 0.02, "confidence": 0.95}}, "missing required field `threshold`"),
        ({"verifier": None}, r"\$\.verifier"),
    ],
)
def test_a_file_that_is_no_calibration_is_refused_with_what_is_wrong(
    tmp_path: Path, changes: dict[str, Any], message: str
):
    path = written(tmp_path, **changes)
    with pytest.raises(CalibrationError, match=message) as raised:
        read_calibration(path)
    assert str(raised.value).startswith(str(path)) and "cxai calibrate" in str(raised.value)


def test_a_file_that_is_missing_or_no_json_is_refused(tmp_path: Path):
    with pytest.raises(CalibrationError, match="cannot be read: No such file"):
        read_calibration(tmp_path / "none.json")
    (tmp_path / "broken.json").write_bytes(b"\xff{")
    with pytest.raises(CalibrationError, match="this is no calibration"):
        read_calibration(tmp_path / "broken.json")


def test_without_a_file_the_verifier_is_itself_and_a_wrong_file_is_named(tmp_path: Path):
    verifier = Said(Label.SUPPORTED, 1)
    assert calibrated(verifier, None) is verifier
    assert calibrated(verifier, written(tmp_path)).version.startswith("1+calibration-")
    path = written(tmp_path, verifier={"name": "said", "version": "0"})
    with pytest.raises(CalibrationError, match=f"{path}: fitted for the verifier said 0"):
        calibrated(verifier, path)


def test_serving_a_calibrated_verifier_needs_nothing_of_the_extra(tmp_path: Path):
    code = (
        "import sys; sys.modules |= dict.fromkeys(['sklearn', 'scipy', 'matplotlib'])\n"
        "import proxy.app; from pathlib import Path; from proxy.verifiers.calibration_file import read_calibration\n"
        f"print(read_calibration(Path({str(written(tmp_path))!r})).curve(0.5))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(ran.stdout) == pytest.approx(0.475, abs=0.001)
