"""``cxai serve --workers N`` as real processes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from conftest import SHIPPED_CORPUS


@dataclass(slots=True)
class Workers:
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)
    url: str = ""

    def pids(self) -> list[int]:
        """The processes that serve: those whose command line is multiprocessing's, without its resource tracker."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def serving(self) -> int:
        """How many workers have begun to serve, since the start."""
        return "".join(self.log).count("a worker serves")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    def listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", int(self.url.rpartition(":")[2])), timeout=5).close()
        except OSError:
            return False
        return True

    def metric(self, name: str) -> float:
        """The value of a metric, all labels together."""
        page = httpx.get(f"{self.url}/metrics", timeout=10).text
        found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", page, flags=re.MULTILINE)
        return sum(map(float, found))


def start(upstream: str, folder: Path, database_url: str, count: int = 2, **settings: str) -> Workers:
    command = [sys.executable, "-m", "proxy.cli", "serve", "--upstream", f"{upstream}/v1", "--port", "0"]
    command += ["--corpus", str(SHIPPED_CORPUS), "--workers", str(count)]
    environment = {**os.environ, "CXAI_DATABASE_URL": database_url, **settings}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    running = Workers(process)
    threading.Thread(target=lambda: running.log.extend(process.stderr or ()), daemon=True).start()
    return running


@contextmanager
def workers(
    upstream: str, folder: Path, database_url: str, count: int = 2, **settings: str
) -> Iterator[Workers]:
    """So many workers that serve; one is a proxy without a supervisor."""
    running = start(upstream, folder, database_url, count, **settings)
    process = running.process
    try:
        until(lambda: process.poll() is not None or "base_url" in "".join(running.log))
        found = re.search(r'"base_url": ?"(http://[^"]+)/v1"', "".join(running.log))
        assert found, "".join(running.log)
        running.url = found[1]
        until(lambda: process.poll() is not None or count == 1 or running.serving() == count)
        until(running.is_ready)
        yield running
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        if sys.exc_info()[0] is not None:
            print("".join(running.log)[-5000:])


def until(condition: Callable[[], bool], limit_s: float = 240) -> None:
    ends = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < ends, "it did not come true in time"
        time.sleep(0.05)
