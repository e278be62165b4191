"""A process that has its libraries read already and runs one command after another: ``cxai ... --json``.

What the measures of recovery are computed with takes seconds to be read, and serving may not need it. So it is read
once, by a process that is kept as long as somebody asks, and ends by itself when nobody has asked for a working day.
"""

from __future__ import annotations

import asyncio
import json
import select
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec

from proxy.niced import PRELUDE, Ran, environment_with

IDLE_S = 8 * 3600.0  # without a question, after which the process ends: a working day
_PROGRAM = (
    f"{PRELUDE}\n"
    + """
import contextlib, importlib, io, json, select, sys
for name in sys.argv[2:]:
    with contextlib.suppress(ImportError):
        importlib.import_module(name)
asked, told, idle_s = sys.stdin, os.fdopen(os.dup(1), "w"), float(sys.argv[1])
while select.select([asked], [], [], idle_s)[0] and (line := asked.readline()):
    out, err, status = io.StringIO(), io.StringIO(), 0
    sys.argv = ["cxai", *json.loads(line)]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    print(json.dumps([status, out.getvalue(), err.getvalue()]), file=told, flush=True)
"""
)


class WarmProcess:
    """``libraries`` are read when it starts, by ``begin`` or the first question."""

    def __init__(self, database_url: str, *libraries: str, idle_s: float = IDLE_S) -> None:
        self._environment = environment_with(database_url)
        self._libraries = libraries
        self._idle_s = idle_s
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    async def run(self, arguments: tuple[str, ...], within_s: float) -> Ran:
        """One command; one that takes longer is ended. Raises TimeoutError."""
        return await asyncio.to_thread(self._run, arguments, within_s)

    def begin(self) -> None:
        """Let it read its libraries before somebody asks; does nothing where it is there, or a library is not."""
        if not all(find_spec(name.partition(".")[0]) for name in self._libraries):
            return
        if self._turn.acquire(blocking=False):  # else somebody asks just now
            try:
                self._running()
            finally:
                self._turn.release()

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _run(self, arguments: tuple[str, ...], within_s: float) -> Ran:
        """In a thread, which takes the answer to its question also where who asked has gone meanwhile."""
        with self._turn:
            for _ in range(2):  # one that has just ended by itself is begun anew
                line = _ask(self._running(), arguments, within_s)
                if line:
                    return Ran(*json.loads(line))
                self.end()
                if line is None:
                    break
        raise TimeoutError

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.end()
            self._process = subprocess.Popen(
                (sys.executable, "-c", _PROGRAM, str(self._idle_s), *self._libraries),
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        return self._process


def _ask(process: subprocess.Popen[str], arguments: tuple[str, ...], within_s: float) -> str | None:
    """Its line; "" where it has ended, None where the time is over."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write(f"{json.dumps(arguments)}\n")
        process.stdin.flush()
    if not select.select([process.stdout], [], [], within_s)[0]:
        return None
    return process.stdout.readline()
