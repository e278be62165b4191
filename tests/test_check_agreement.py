"""``cxai check --claims`` and ``POST /v1/guard/check`` give the same verdicts, and 250 claims take no half minute."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import SHIPPED_CORPUS, RunningProxy

CASES = yaml.safe_load(
    (Path(__file__).parent / "data" / "shipped_corpus_cases.yaml").read_text(encoding="utf-8")
)
CXAI = Path(sys.executable).parent / "cxai"
LIMIT_S = 30


@dataclass(frozen=True)
class Checked:
    """What the command says of 250 claims, a line each, and how long it took, its start included: by the clock, or
    in processor time where that is less because others had the processors, too."""

    claims: list[dict[str, str]]
    lines: list[dict[str, object]]
    took_s: float


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("checked")
    cases = [{"id": case["id"], "question": case["question"], "claim": case["claim"]} for case in CASES]
    claims = (cases * 2)[:250]
    file = folder / "claims.jsonl"
    file.write_text("\n".join(json.dumps(claim) for claim in claims), encoding="utf-8")
    command = [CXAI, "check", "--corpus", SHIPPED_CORPUS, "--claims", file]
    begun, before = time.monotonic(), _processor_s()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    took_s = min(time.monotonic() - begun, _processor_s() - before)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(claims) == 250
    return Checked(claims, lines, took_s)


def test_the_door_and_the_command_agree(proxy: RunningProxy, checked: Checked) -> None:
    for claim, line in zip(checked.claims[: len(CASES) : 6], checked.lines[: len(CASES) : 6], strict=True):
        body = proxy.post("/v1/guard/check", {"question": claim["question"], "answer": claim["claim"]}).json()
        order = ["contradicted", "unsupported", "supported", "not_checkable"]
        verdict = min((found["verdict"] for found in body["claims"]), key=order.index)
        assert (line["id"], line["verdict"]) == (claim["id"], verdict)
        if verdict != "not_checkable":
            assert line["confidence"] in [found["confidence"] for found in body["claims"]]


@pytest.mark.alone
def test_250_claims_start_included_stay_within_the_limit(checked: Checked) -> None:
    assert checked.took_s < LIMIT_S


def _processor_s() -> float:
    """Seconds of processor time of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
