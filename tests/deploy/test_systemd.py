"""deploy/systemd: a unit that systemd reads, with settings that exist."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.watched import DEPLOY

from proxy.settings import CONFIG_VARIABLE, Settings, variable_of

UNIT = DEPLOY / "systemd" / "cxai-proxy.service"
LINES = [
    line.partition("=")
    for line in UNIT.read_text(encoding="utf-8").splitlines()
    if "=" in line and line[0] != "#"
]


def values(key: str) -> list[str]:
    return [value for name, _, value in LINES if name == key]


def test_every_setting_exists() -> None:
    given = dict(value.split("=", 1) for value in values("Environment"))
    assert given.keys() - {CONFIG_VARIABLE} <= {variable_of(name) for name in Settings.model_fields}
    (state,) = values("StateDirectory")
    assert all(f"/var/lib/{state}/" in given[name] for name in ("CXAI_DATABASE_URL", "CXAI_EMBEDDING_CACHE"))


def test_systemd_waits_longer_than_the_proxy_drains() -> None:
    (stop_s,) = values("TimeoutStopSec")
    assert float(stop_s) >= Settings.model_fields["drain_s"].default + 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd-analyze")
def test_systemd_reads_it_without_a_complaint(tmp_path: Path) -> None:
    """With this Python in the place of the program, which systemd wants to see."""
    here = tmp_path / UNIT.name
    here.write_text(
        UNIT.read_text(encoding="utf-8").replace("/opt/cxai/bin/cxai", sys.executable), encoding="utf-8"
    )
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True, timeout=60
    )
    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")
