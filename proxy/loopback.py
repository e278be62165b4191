"""Real servers on loopback, for the demo and the drill: an application in a thread, ``cxai serve`` as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

HOST = "127.0.0.1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class StartError(Exception):
    """A server cannot be started; the message says why."""


def listening_socket(preferred: int) -> socket.socket:
    """A socket bound to ``preferred`` where that port is free, else to any free one."""
    for port in (preferred, 0):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
            return bound
        except OSError:
            bound.close()
    raise StartError(f"No port on {HOST} can be opened. Is the loopback network up?")


class ThreadServer:
    """An ASGI application in a thread of this process; it may be stopped, and started again at the same address."""

    def __init__(self, app: Any, *, name: str, port: int = 0) -> None:
        self._app = app
        self._name = name
        self.port = port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Serve, on another port where this one is taken. Raises StartError."""
        self._bound = listening_socket(self.port)
        self.port = self._bound.getsockname()[1]
        config = uvicorn.Config(
            self._app, log_config=None, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._bound]}, name=self._name, daemon=True
        )
        self._thread.start()
        wait_until(lambda: self._server.started, alive=self._thread.is_alive, name=self._name)

    def stop(self) -> None:
        """From now on connections are refused."""
        self._server.should_exit = True
        self._thread.join(STOP_TIMEOUT_S)
        self._bound.close()

    def __enter__(self) -> ThreadServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass(frozen=True, slots=True)
class ProxyProcess:
    """``cxai serve`` as it runs; ``log`` is its file."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def running_proxy(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[ProxyProcess]:
    """``cxai serve ARGUMENTS`` until the block ends, its log in ``folder``. Raises StartError, with the log's end."""
    log = folder / "proxy.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            cxai_command("serve", *arguments),
            cwd=folder,
            env=clean_environment(environment),
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
        try:
            url = _address_in(log, process)
            wait_until(lambda: _is_ready(url), alive=lambda: process.poll() is None, name="proxy", log=log)
            yield ProxyProcess(url, log, process)
        finally:
            _stop(process)


def cxai_command(*arguments: str) -> list[str]:
    """The command line of ``cxai`` by this Python, whether or not it is installed as a program."""
    return [sys.executable, "-m", "proxy.cli", *arguments]


def clean_environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, without the settings of the user's own proxy; loopback is never asked through an HTTP proxy."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CXAI_")}
    return {**inherited, "NO_PROXY": HOST, "no_proxy": HOST, **(more or {})}


def wait_until(
    done: Callable[[], bool], *, alive: Callable[[], bool], name: str, log: Path | None = None
) -> None:
    """Raises StartError where ``alive`` ends before ``done`` is true, or after a minute."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not done():
        if not alive():
            raise StartError(f"The {name} stopped while it was starting.{_last_lines(log)}")
        if time.monotonic() > deadline:
            raise StartError(f"The {name} was not ready after {START_TIMEOUT_S:.0f} s.{_last_lines(log)}")
        time.sleep(0.05)


def _address_in(log: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the proxy listens, which its log says: only so can it choose a port itself."""
    found: list[str] = []

    def told() -> bool:
        whole_lines = log.read_text(encoding="utf-8", errors="replace").rpartition("\n")[0].splitlines()
        found.extend(str(json.loads(line)["base_url"]) for line in whole_lines if '"base_url"' in line)
        return bool(found)

    wait_until(told, alive=lambda: process.poll() is None, name="proxy", log=log)
    return found[0].removesuffix("/v1")


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2.0, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _last_lines(log: Path | None, count: int = 15) -> str:
    if log is None or not log.exists():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    return "\n" + "\n".join(f"  {line}" for line in lines)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, so that the proxy drains; SIGKILL for one that does not end."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
