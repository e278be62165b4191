"""Several workers on one port: uvicorn's supervisor starts them, replaces one that dies, and tells them to stop.

Each is a process of its own, with its models, its limits and its connections to the ledger; they share the port and
what is counted. SIGHUP replaces them one by one, each once its successor serves.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import threading
import time
from functools import partial
from multiprocessing.synchronize import Event
from typing import Any

import structlog
import uvicorn
from litestar import Litestar
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from proxy.commands.options import CommandError
from proxy.commands.server import application, server_options
from proxy.settings import Settings
from proxy.telemetry.logs import configure_logging
from proxy.telemetry.workers import shared_folder

READY_WITHIN_S = 60  # a worker that has not answered for so long is replaced
TRY_AGAIN_S = 2.0

log = structlog.get_logger("proxy.workers")


def run_workers(settings: Settings, listening: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises CommandError where no worker could start."""
    has_served = multiprocessing.get_context("spawn").Event()
    with shared_folder():
        config = _WorkerConfig(settings, has_served)
        _Supervisor(config, [listening]).run()
    if not has_served.is_set():
        raise CommandError("the proxy could not start; the log says why")


class _Supervisor(Multiprocess):
    def keep_subprocess_alive(self) -> None:
        """As uvicorn does; but a worker that dies before it answers is not waited for until the time is over.

        With our copy of the worker's end of the pipe closed, its death closes the pipe.
        """
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()


class _WorkerConfig(uvicorn.Config):
    """How a worker serves; it travels to each of them."""

    def __init__(self, settings: Settings, has_served: Event) -> None:
        self._settings = settings
        super().__init__(
            partial(_application, settings, has_served),
            factory=True,
            workers=settings.workers,
            timeout_worker_healthcheck=READY_WITHIN_S,
            **server_options(settings),
        )

    def configure_logging(self) -> None:
        """What a worker calls first of all; the supervisor has done it."""
        parent = multiprocessing.parent_process()
        if parent is None:
            return
        configure_logging(self._settings.log_level.upper(), json=self._settings.log_format == "json")
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again once it has drained
            signal.signal(number, lambda *_: None)
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: Any) -> None:
    """A supervisor that was killed leaves nobody behind who holds its port."""
    multiprocessing.connection.wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


def _application(settings: Settings, has_served: Event) -> Litestar:
    """In a worker. Where the first ones cannot start, all is over; a later one is replaced until it can."""
    try:
        app = application(settings)
    except CommandError as error:
        log.error("a worker could not start", problem=str(error))
        if not has_served.is_set():
            sys.exit(STARTUP_FAILURE)
        time.sleep(TRY_AGAIN_S)
        sys.exit(1)
    has_served.set()
    log.info("a worker serves", pid=os.getpid())
    return app
