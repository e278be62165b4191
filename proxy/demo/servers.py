"""The demo's two servers, as real ones on loopback: the provider in a thread, the proxy as ``cxai serve``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from proxy.demo.conversations import Conversation
from proxy.demo.provider import create_provider

HOST = "127.0.0.1"
PROXY_PORT = 8080
PROVIDER_PORT = 8081
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ProxyPlace:
    """Where the proxy runs and keeps its data; ``environment`` makes other ``cxai`` commands see the same data."""

    url: str
    data: Path
    environment: dict[str, str]

    @property
    def log(self) -> Path:
        return self.data / "proxy.log"


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
    raise DemoError(f"No port on {HOST} can be opened. Is the loopback network up?")


@contextmanager
def running_provider(
    conversations: Sequence[Conversation], *, port: int = PROVIDER_PORT, token_delay_s: float = 0.0
) -> Iterator[str]:
    """Serves the recorded answers until the block ends; yields the base URL, ``/v1`` included."""
    bound = listening_socket(port)
    config = uvicorn.Config(
        create_provider(conversations, token_delay_s=token_delay_s), log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [bound]}, name="demo-provider", daemon=True
    )
    thread.start()
    url = f"http://{HOST}:{bound.getsockname()[1]}/v1"
    try:
        _wait_until_ready(f"{url}/models", alive=thread.is_alive, name="demo provider")
        yield url
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S)
        bound.close()


@contextmanager
def running_proxy(
    *, upstream: str, corpus: Path, policies: Path, data: Path, port: int = PROXY_PORT
) -> Iterator[ProxyPlace]:
    """Serves the proxy until the block ends; everything that it writes is under ``data``."""
    bound = listening_socket(port)
    free = bound.getsockname()[1]
    bound.close()
    place = ProxyPlace(f"http://{HOST}:{free}", data, {"CXAI_DATABASE_URL": f"sqlite:///{data / 'cxai.db'}"})
    command = [sys.executable, "-m", "proxy.cli", "serve", "--upstream", upstream, "--corpus", str(corpus)]
    command += ["--policies", str(policies), "--host", HOST, "--port", str(free)]
    with place.log.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=data, env=_environment(place), stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait_until_ready(
                f"{place.url}/readyz", alive=lambda: process.poll() is None, name="proxy", log=place.log
            )
            yield place
        finally:
            _stop(process)


def _environment(place: ProxyPlace) -> dict[str, str]:
    """Ours, without the settings of the user's own proxy."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CXAI_")}
    return {**inherited, **place.environment}


def _wait_until_ready(url: str, *, alive: Callable[[], bool], name: str, log: Path | None = None) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if not alive():
            raise DemoError(f"The {name} stopped while it was starting.{_last_lines(log)}")
        if _answers(url):
            return
        time.sleep(0.1)
    raise DemoError(f"The {name} was not ready after {START_TIMEOUT_S:.0f} s: {url}{_last_lines(log)}")


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == httpx.codes.OK
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
