"""``cxai serve`` as a process of its own, its address and its memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from benchmarks.quality.corpora import CACHE

CXAI = Path(sys.executable).parent / "cxai"
STARTS_WITHIN_S = 120
_ADDRESS = re.compile(r'"base_url": ?"(http://[^"]+)/v1"')


@dataclass(frozen=True, slots=True)
class ServedProcess:
    process: subprocess.Popen[str]
    client: httpx.Client

    def memory_mib(self) -> float:
        """Resident now (``VmRSS``)."""
        return resident_mib(self.status(), "VmRSS")

    def most_memory_mib(self) -> float:
        """Resident at most since it started (``VmHWM``)."""
        return resident_mib(self.status(), "VmHWM")

    def status(self) -> str:
        return Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")


def resident_mib(status: str, field_name: str) -> float:
    """A size of ``/proc/PID/status``, which has it in kB of 1,024 bytes."""
    found = re.search(rf"^{field_name}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise ValueError(
            f"/proc has no {field_name} for this process; it needs Linux, and a process that runs"
        )
    return int(found[1]) / 1024


@dataclass(slots=True)
class _Log:
    lines: list[str] = field(default_factory=list)

    def read(self, process: subprocess.Popen[str]) -> None:
        self.lines.extend(process.stderr or ())


@contextmanager
def serving(
    corpus: Path,
    policies: Path,
    folder: Path,
    settings: Mapping[str, str],
    before: Callable[[], None] | None = None,
    starts_within_s: float = STARTS_WITHIN_S,
) -> Iterator[ServedProcess]:
    """A proxy that is ready; ``before`` runs in its process before it starts."""
    command = [CXAI, "serve", "--corpus", corpus, "--policies", policies, "--port", "0"]
    environment = {
        **os.environ,
        "CXAI_DATABASE_URL": f"sqlite:///{folder / 'ledger.db'}",
        "CXAI_EMBEDDING_CACHE": str(CACHE),
        **settings,
    }
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=before
    )
    log = _Log()
    threading.Thread(target=log.read, args=(process,), daemon=True).start()
    try:
        with httpx.Client(base_url=_ready(process, log, starts_within_s), timeout=60) as client:
            yield ServedProcess(process, client)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _ready(process: subprocess.Popen[str], log: _Log, within_s: float) -> str:
    """The address, once it answers there."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline and process.poll() is None:
        found = _ADDRESS.search("".join(log.lines))
        if found and _answers(found[1]):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"the proxy did not start: {''.join(log.lines)}")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
