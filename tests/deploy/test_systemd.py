"""deploy/systemd: a unit that systemd reads, with settings that exist."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from conftest import ROOT
from support.watched import DEPLOY

from proxy.settings import Settings, variable_of
from proxy.settings_sources import CONFIG_VARIABLE

UNIT = DEPLOY / "systemd" / "cxai-proxy.service"
LINES = [
    line.partition("=")
    for line in UNIT.read_text(encoding="utf-8").splitlines()
    if "=" in line and line[0] != "#"
]


OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
STARTS_WITHIN_S = 120


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


def test_what_the_docs_install_is_ready_and_ends_cleanly(tmp_path: Path) -> None:
    """The settings file of the docs, and the unit's variables and command; only the folders are others."""
    etc, state = tmp_path / "etc", tmp_path / "state"
    for folder in ("policy_corpus", "policies"):
        shutil.copytree(ROOT / folder, etc / folder)
    (config,) = re.findall(r"/etc/cxai/cxai\.yaml <<'YAML'\n(.*?)YAML\n", OPERATIONS, re.DOTALL)
    (etc / "cxai.yaml").write_text(config, encoding="utf-8")
    given = dict(value.split("=", 1) for value in values("Environment"))
    moved = {
        name: value.replace("/etc/cxai", str(etc)).replace("/var/lib/cxai", str(state))
        for name, value in given.items()
    }
    (command,) = values("ExecStart")
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy.cli", *command.split()[1:]],
        cwd=etc,
        env={**os.environ, "PYTHONPATH": str(ROOT), **moved, "CXAI_PORT": "0"},
        stderr=subprocess.PIPE,
        text=True,
    )
    log: list[str] = []
    reader = threading.Thread(target=lambda: log.extend(process.stderr or ()))
    reader.start()
    try:
        assert is_ready(process, log), "".join(log)
    finally:
        process.terminate()
        status = process.wait(timeout=60)
        reader.join()
    assert status == 0
    assert '"stopped"' in log[-1]
    assert {file.name for file in state.iterdir()} >= {"cxai.db", "embeddings.sqlite"}


def is_ready(process: subprocess.Popen[str], log: list[str]) -> bool:
    """Whether it says where it listens, and is ready there."""
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r'"base_url": ?"(http://[^"]+)/v1"', "".join(log))
        if found:
            return httpx.get(f"{found[1]}/readyz", timeout=60).status_code == 200
        time.sleep(0.1)
    return False
