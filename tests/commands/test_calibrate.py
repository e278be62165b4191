"""``cxai calibrate`` as a compliance engineer meets it, from a labels file to a verifier that serves by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from conftest import StartProxy

from proxy.cli import main
from proxy.verifiers.calibration_file import read_calibration

FEES = {
    "bicycle": 45,
    "surfboard": 60,
    "wheelchair": 0,
    "guitar": 35,
    "kennel": 120,
    "pushchair": 10,
    "golf bag": 50,
    "ski bag": 40,
    "tent": 25,
    "drum": 80,
    "parachute": 70,
    "canoe": 150,
    "fishing rod": 15,
    "mirror": 95,
}
POLICY = "---\ntitle: Fees\n---\n# Fees\n\n" + "\n\n".join(
    f"The fee for a {thing} is {fee} euros for each flight." for thing, fee in FEES.items()
)


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Cxai = Callable[..., Ran]


@pytest.fixture
def cxai(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    logging_as_it_was: None,
) -> Cxai:
    """Runs ``cxai`` in a folder of its own, which has documents in ``docs``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in [name for name in os.environ if name.startswith("CXAI_")]:
        monkeypatch.delenv(name)
    Path("docs").mkdir()
    Path("docs/fees.md").write_text(POLICY)

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["cxai", *arguments])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        return Ran(status, *capsys.readouterr())

    return run


def write(rows: list[dict[str, Any]]) -> None:
    Path("labels.jsonl").write_text("\n".join(map(json.dumps, rows)))


def scored(count: int, wrong: float = 0.002) -> list[dict[str, Any]]:
    """Claims that were judged before: half of them surely, with few mistakes, half of them hardly supported."""
    random = np.random.default_rng(4)
    rows = []
    for number in range(count):
        sure = number % 2 == 0
        score = float(random.uniform(0.9, 0.999) if sure else random.uniform(0.05, 0.6))
        true = random.random() > wrong if sure else random.random() < 0.3
        verdict = {} if sure else {"verdict": "unsupported"}
        label = "supported" if true else "unsupported"
        rows.append({"claim": f"Claim <b>{number}</b>.", "label": label, "score": score, **verdict})
    return rows


def calibrate(cxai: Cxai, *arguments: str) -> Ran:
    return cxai("calibrate", "--labels", "labels.jsonl", "--corpus", "docs", *arguments)


def test_labels_with_scores_become_a_file_a_report_and_a_table(cxai: Cxai):
    write(scored(900))
    ran = calibrate(cxai, "--report", "report.html")
    assert ran.status == 0
    assert "after (out of fold)" in ran.out and "a perfect model's" in ran.out
    assert "At most 2% of delivered claims are wrong, with 95% confidence" in ran.out
    content = json.loads(Path("calibration.json").read_text())
    assert content["risk"]["threshold"] is not None and content["labels"]["scored_before"] == 900
    assert content["risk"]["statement"] in Path("report.html").read_text()
    assert read_calibration(Path("calibration.json")).risk.threshold == content["risk"]["threshold"]


def test_with_too_few_labels_it_says_how_many_are_needed_and_stores_no_threshold(cxai: Cxai):
    write(scored(200))
    ran = calibrate(cxai, "--json")
    assert ran.status == 0
    printed = json.loads(ran.out)
    assert printed["risk"]["threshold"] is None
    assert "149 delivered labels with no error, 236 with one" in printed["risk"]["statement"]
    assert json.loads(Path("calibration.json").read_text())["risk"] == printed["risk"]


def test_claims_without_a_score_are_judged_and_the_file_then_serves(
    cxai: Cxai, start_proxy: StartProxy, monkeypatch: pytest.MonkeyPatch
):
    rows: list[dict[str, Any]] = [{"claim": "Hello, how can I help you?", "label": "supported"}]
    for thing, fee in FEES.items():
        for said in (fee, fee + 7):
            claim = f"The fee for a {thing} is {said} euros for each flight."
            rows.append({"claim": claim, "label": "supported" if said == fee else "contradicted"})
    write(rows)
    ran = calibrate(cxai, "--risk", "0.3", "--confidence", "0.6")
    assert ran.status == 0, ran.err
    assert (
        "judging 29 claims" in ran.err and "28 of 29 labels used" in ran.out and "1 not checkable" in ran.out
    )

    claim = rows[1]["claim"]
    (before,) = checked(cxai, claim)
    monkeypatch.setenv("CXAI_CALIBRATION", "calibration.json")
    (after,) = checked(cxai, claim)
    curve = read_calibration(Path("calibration.json")).curve
    assert after["confidence"] == pytest.approx(curve(before["confidence"]), abs=0.01)
    proxy = start_proxy(corpus=Path("docs"), calibration=Path("calibration.json"))
    (door,) = proxy.post("/v1/guard/check", {"answer": claim}).json()["claims"]
    assert door["confidence"] == after["confidence"] and door["verdict"] == after["verdict"]
    assert door["raw"]["confidence"] == pytest.approx(before["confidence"], abs=0.0001)
    assert calibrate(cxai, "--out", "again.json").status == 0
    assert read_calibration(Path("again.json")).curve == curve, "calibrated on top of a calibration"


def test_scores_that_tell_nothing_of_this_verifier_are_set_aside_and_counted(cxai: Cxai):
    """What the set-aside rules leave out of judged claims counts no more where a score came with it."""
    usable = scored(300)
    assert calibrated_by(cxai, usable)["labels"]["set_aside"] == {}
    older = [{"claim": "A bag is free.", "label": "supported", "score": 0.99, "verifier": "2-older"}] * 40
    bare = [{"claim": "Yes, you can.", "label": "contradicted", "score": 0.2, "verdict": "unsupported"}] * 7
    alone, mixed = calibrated_by(cxai, usable), calibrated_by(cxai, usable + older + bare)
    assert mixed["labels"]["set_aside"] == {
        "judged by another version of the verifier": 40,
        "a bare yes or no": 7,
    }
    assert mixed["labels"]["used"] == mixed["labels"]["scored_before"] == 300
    assert (mixed["curve"], mixed["risk"]) == (alone["curve"], alone["risk"])


def test_scores_of_the_verifier_in_use_count(cxai: Cxai):
    version = calibrated_by(cxai, scored(300))["verifier"]["version"]
    used = calibrated_by(cxai, [{**row, "verifier": version} for row in scored(300)])["labels"]
    assert (used["used"], used["set_aside"]) == (300, {})


def test_where_another_version_judged_every_label_it_says_so(cxai: Cxai):
    write([{**row, "verifier": "2-older"} for row in scored(300)])
    ran = calibrate(cxai)
    assert ran.status == 2 and "(set aside: 300 judged by another version of the verifier)" in ran.err


def calibrated_by(cxai: Cxai, rows: list[dict[str, Any]]) -> dict[str, Any]:
    write(rows)
    ran = calibrate(cxai, "--json")
    assert ran.status == 0, ran.err
    return json.loads(ran.out)  # type: ignore[no-any-return]


def checked(cxai: Cxai, claim: str) -> list[dict[str, Any]]:
    Path("claims.jsonl").write_text(json.dumps({"id": 1, "claim": claim}))
    ran = cxai("check", "--corpus", "docs", "--claims", "claims.jsonl")
    assert ran.status == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_a_calibration_of_another_verifier_is_refused_at_the_start(
    cxai: Cxai, monkeypatch: pytest.MonkeyPatch
):
    write(scored(200))
    assert calibrate(cxai).status == 0
    content = json.loads(Path("calibration.json").read_text())
    content["verifier"]["version"] = "0-older"
    Path("calibration.json").write_text(json.dumps(content))
    monkeypatch.setenv("CXAI_CALIBRATION", "calibration.json")
    for command in (("check", "Hello."), ("serve", "--port", "0")):
        ran = cxai(*command, "--corpus", "docs")
        assert ran.status == 2 and "0-older" in ran.err and "run `cxai calibrate` again" in ran.err
    assert calibrate(cxai).status == 0, "the way out must not be barred"


def test_bad_rows_are_named_with_their_lines(cxai: Cxai):
    write([{"claim": "x", "label": "supported"}, {"claim": "x", "label": "maybe"}, {"label": "supported"}])
    ran = calibrate(cxai)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        'cxai: labels.jsonl:2: "label" cannot be "maybe"; allowed: supported, contradicted, unsupported',
        'labels.jsonl:3: "claim" is missing; it must be a text',
    ]


def test_labels_of_one_kind_are_refused_and_nothing_is_written(cxai: Cxai):
    write([{"claim": "x", "label": "supported", "score": 0.9}] * 50)
    ran = calibrate(cxai)
    assert ran.status == 2 and "50 supported and 0 contradicted or unsupported" in ran.err
    assert not Path("calibration.json").exists()


def test_a_file_that_is_missing_or_a_place_that_cannot_be_written_is_named(cxai: Cxai):
    ran = calibrate(cxai)
    assert (ran.status, ran.err) == (2, "cxai: labels.jsonl: cannot be read: No such file or directory\n")
    write(scored(100))
    ran = calibrate(cxai, "--out", "nowhere/calibration.json")
    assert ran.status == 2 and "nowhere/calibration.json: cannot be written" in ran.err


def test_without_the_extra_it_is_named_before_anything_is_judged(tmp_path: Path):
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "sys.argv = ['cxai', 'calibrate', '--labels', 'labels.jsonl']\n"
        "import proxy.cli; proxy.cli.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.startswith("cxai: calibrating needs sklearn, which is not installed; pip install")
    assert "'cxai-proxy[calibrate]'" in ran.stderr
