"""Prometheus and promtool, the real ones: what scripts/test-prometheus fetches, or what is on the PATH."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

TOOLS = Path(__file__).parents[2] / "build" / "tools"
WITHIN_S = 60
JOB = "cxai"


def prometheus_program(name: str) -> Path:
    found = TOOLS / name if (TOOLS / name).exists() else shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not there: run scripts/test-prometheus", pytrace=False)
    return Path(found)


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server that scrapes; times are seconds."""

    client: httpx.Client

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query. Raises AssertionError with Prometheus's words where it is wrong."""
        answer = self.client.get("/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", f"{expression}: {answer.get('error')}"
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        groups = self.client.get("/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def wait_for_scrapes(self, of: Sequence[str], count: int) -> None:
        """Until each of these instances has been scraped so many times more."""
        goals = {instance: self._scrapes(instance) + count for instance in of}
        _wait(lambda: all(self._scrapes(instance) >= goal for instance, goal in goals.items()), "a scrape")

    def _scrapes(self, instance: str) -> int:
        found = self.query(f'count_over_time(up{{instance="{instance}"}}[1h])')
        return int(found[0]["value"][1]) if found else 0


@contextmanager
def scraping(instances: Sequence[str], rules: Path, folder: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes each ``host:port`` every second, under the job ``cxai``, and evaluates the rules."""
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [{"job_name": JOB, "static_configs": [{"targets": list(instances)}]}],
    }
    (folder / "prometheus.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    port = _free_port()
    command = [
        prometheus_program("prometheus"),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            _wait(lambda: _is_ready(client, process, folder), "Prometheus")
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _is_ready(client: httpx.Client, process: subprocess.Popen[bytes], folder: Path) -> bool:
    if process.poll() is not None:
        pytest.fail((folder / "prometheus.log").read_text(encoding="utf-8")[-2000:], pytrace=False)
    with suppress(httpx.TransportError):
        return client.get("/-/ready").status_code == 200
    return False


def _wait(is_so: Any, what: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not come within {WITHIN_S} s"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
