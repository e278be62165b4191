"""Processes of the benchmark: started on a free port, timed until they answer, and what they use.

Needs Linux's /proc.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway.client import request
from benchmarks.gateway.gateways import ROOT, Gateway, Make
from benchmarks.quality.served_process import resident_mib

from proxy.loopback import HOST, clean_environment, listening_socket

STARTS_WITHIN_S = 120.0
STOPS_WITHIN_S = 10.0
BODY_ENDS = (b"}", b"0\r\n\r\n")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class NotStarted(Exception):
    """The message has the end of the log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that answers; ``started_s`` is what it took from its start to its first answer."""

    gateway: Gateway
    url: str
    process: subprocess.Popen[bytes] | None = None
    started_s: float = 0.0

    def asking(self, **more: object) -> bytes:
        return request(self.url, self.gateway.headers, "gpt-4o-mini", **more)

    def cpu_s(self) -> float:
        """Processor time so far, of all its processes."""
        fields = [_stat(pid) for pid in self._pids()]
        return sum(int(each[11]) + int(each[12]) for each in fields if each) / TICKS_PER_S

    def memory_mib(self) -> float:
        """Resident memory of all its processes."""
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid in self._pids()]
        return sum(resident_mib(status, "VmRSS") for status in statuses if "VmRSS" in status)

    def _pids(self) -> list[int]:
        return _session(self.process.pid) if self.process else []


@contextmanager
def running_provider() -> Iterator[str]:
    """The address of the provider that costs next to nothing."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.gateway.provider", str(port)]
    environment = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    with _process(command, environment, ROOT / "tests", log=Path(os.devnull)) as process:
        _wait(process, lambda: _listens(port), Path(os.devnull))
        yield f"http://{HOST}:{port}"


@contextmanager
def running(make: Make, provider: str, folder: Path) -> Iterator[Running]:
    """Raises NotStarted."""
    port, log = free_port(), folder / "gateway.log"
    gateway, url = make(provider, port, folder), f"http://{HOST}:{port}"
    first = request(url, {**gateway.headers, "connection": "close"}, gateway.first_model)
    environment = {"PYTHONPATH": str(ROOT), **gateway.environment}
    begun = time.perf_counter()
    with _process(gateway.command, environment, folder, log) as process:
        _wait(process, lambda: _answers(port, first), log)
        yield Running(gateway, url, process, time.perf_counter() - begun)


def free_port() -> int:
    with listening_socket(0) as bound:
        return int(bound.getsockname()[1])


@contextmanager
def _process(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, so that what it starts is known, and ends with it."""
    with log.open("ab") as written:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process, signal.SIGTERM)
            _end(process, signal.SIGKILL)


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    for pid in _session(process.pid):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + STOPS_WITHIN_S
    while _session(process.pid) and time.monotonic() < deadline:
        process.poll()
        time.sleep(0.05)


def _session(leader: int) -> list[int]:
    """The processes of a session that have not ended."""
    pids = [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]
    found = {pid: _stat(pid) for pid in pids}
    return [pid for pid, stat in found.items() if stat and int(stat[3]) == leader and stat[0] != "Z"]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name; none where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _wait(process: subprocess.Popen[bytes], done: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while not done():
        if process.poll() is not None or time.monotonic() > deadline:
            told = log.read_text(errors="replace").splitlines()[-10:] if log.is_file() else []
            raise NotStarted("\n".join([f"{process.args!r} does not answer", *told]))
        time.sleep(0.005)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), 1).close()
    except OSError:
        return False
    return True


def _answers(port: int, asking: bytes) -> bool:
    """Whether the gateway answers a chat completion, on a connection of its own."""
    read = b""
    try:
        with socket.create_connection((HOST, port), 5) as connected:
            connected.settimeout(60)
            connected.sendall(asking)
            # A gateway may leave the connection open, whatever it is asked: what ends the body ends the reading.
            while not read.endswith(BODY_ENDS) and (piece := connected.recv(65536)):
                read += piece
    except OSError:
        return False
    return read[9:12] == b"200" and b'"choices"' in read
