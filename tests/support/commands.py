"""``cxai`` commands in processes that are there at once.

A page of the console has slow work done by a command in a process of its own (``proxy.niced``), which takes seconds to
read its libraries. Here each is forked from one process that has read them all. What a start is like is tried by
tests/console/test_warm.py, tests/console/test_policies.py and tests/recovery/recall/test_automatic.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest.mock import patch

from proxy.niced import Ran, environment_with

ROOT = Path(__file__).parents[2]
# With all below them. Not what trains models, and none that opens a server.
PACKAGES = (
    "authoring",
    "commands",
    "corpus",
    "grounding",
    "recovery",
    "review",
    "rules",
    "verifiers",
)
LIBRARIES = (
    "statsmodels.duration.survfunc",
    "proxy.guard",
    "proxy.ledger.ledger",
    "proxy.models.embedder",
    "proxy.settings_sources",
)


class Commands:
    """The process that has read everything; it begins with the first command and ends with the tests."""

    def __init__(self) -> None:
        self._beginning = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._address: tuple[str, int] = ("", 0)

    def begin(self) -> None:
        with self._beginning:
            if self._process is not None:
                return
            with socket.create_server(("127.0.0.1", 0)) as listener:
                number, self._address = listener.fileno(), listener.getsockname()
                self._process = subprocess.Popen(
                    [sys.executable, __file__, str(number)],
                    env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
                    stdin=subprocess.PIPE,
                    pass_fds=[number],
                )

    def end(self) -> None:
        if self._process is not None:
            self._process.communicate()  # closes its standard input

    async def run_niced(
        self, arguments: Sequence[str], database_url: str, within_s: float | None = None
    ) -> Ran:
        """As ``proxy.niced.run_niced``."""
        self.begin()
        asked = [*arguments], environment_with(database_url), str(Path.cwd())
        reader, writer = await asyncio.open_connection(*self._address)
        writer.write(f"{json.dumps(asked)}\n".encode())
        child = int(await reader.readline())
        try:
            told = await asyncio.wait_for(reader.read(), within_s)
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            writer.close()
        return Ran(*json.loads(told))

    @contextmanager
    def instead(self) -> Iterator[None]:
        """The console's commands are these."""
        commands = self

        class Kept:
            def __init__(self, database_url: str, *_: str) -> None:
                self._database_url = database_url

            async def run(self, arguments: tuple[str, ...], within_s: float) -> Ran:
                return await commands.run_niced(arguments, self._database_url, within_s)

            def begin(self) -> None: ...

            def end(self) -> None: ...

        with (
            patch("proxy.console.children.run_niced", self.run_niced),
            patch("proxy.console.recall.jobs.run_niced", self.run_niced),
            patch("proxy.console.children.WarmProcess", Kept),
        ):
            yield


def read_libraries() -> None:
    for library in LIBRARIES:
        importlib.import_module(library)
    for package in PACKAGES:
        found = importlib.import_module(f"proxy.{package}")
        for module in pkgutil.walk_packages(found.__path__, f"proxy.{package}."):
            with suppress(ImportError):  # of an extra that is not there
                importlib.import_module(module.name)
    gc.freeze()


def serve(listener: socket.socket) -> None:
    """A child for each connection, until the tests close our standard input."""
    read_libraries()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            answer(connection)
            os._exit(0)
        connection.close()


def answer(connection: socket.socket) -> None:
    from proxy.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    told = connection.makefile("rw", encoding="utf-8")
    arguments, environment, folder = json.loads(told.readline())
    print(os.getpid(), file=told, flush=True)
    os.nice(10)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["cxai", *arguments]
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:
            traceback.print_exc()
            status = 1
    json.dump([status, out.getvalue(), err.getvalue()], told)
    told.flush()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
