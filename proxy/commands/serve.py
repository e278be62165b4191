"""``cxai serve``: the proxy, until it is told to stop."""

from __future__ import annotations

import errno
import signal
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from proxy.commands.options import (
    CommandError,
    ConfigOption,
    CorpusOption,
    DatabaseOption,
    PoliciesOption,
    load,
)

if TYPE_CHECKING:
    from litestar import Litestar

    from proxy.settings import Settings

# Longer than clients and load balancers keep a connection (httpx 5 s, AWS 60 s): one that is closed on this side in the
# moment in which it is used again is an error there.
KEEP_ALIVE_S = 75


def serve(
    upstream: Annotated[str | None, typer.Option(metavar="URL", help="The model provider.")] = None,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    database_url: DatabaseOption = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[
        Literal["json", "console"] | None, typer.Option(help="How logs are written.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve on the port.")] = None,
    config: ConfigOption = None,
) -> None:
    """Start the proxy, until SIGTERM or Ctrl-C.

    For example: cxai serve --upstream https://api.openai.com/v1 --corpus my_policies/
    """
    settings = load(
        config,
        upstream=upstream,
        corpus=corpus,
        policies=policies,
        host=host,
        port=port,
        database_url=database_url,
        log_level=log_level,
        log_format=log_format,
        workers=workers,
    ).settings
    run(settings)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that have begun get ``drain_s`` seconds to end."""
    from proxy.telemetry.logs import configure_logging

    configure_logging(settings.log_level.upper(), json=settings.log_format == "json")
    with _listen(settings.host, settings.port) as listening:
        if settings.workers > 1:
            from proxy.commands.workers import run_workers

            _announce(settings, listening)
            run_workers(settings, listening)
        else:
            _run_alone(settings, listening)
    _log().info("stopped")


def _run_alone(settings: Settings, listening: socket.socket) -> None:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(application(settings), **server_options(settings)))
    _announce(settings, listening)
    # uvicorn raises the signal again once it has drained, and that would end us with an error status.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if not server.started:
        raise CommandError("the proxy could not start; the log says why")


def server_options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told, whether alone or as one of several workers."""
    return {
        "log_config": None,
        "log_level": settings.log_level if settings.log_level in ("debug", "error") else "warning",
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": max(1, round(settings.drain_s)),
    }


def application(settings: Settings) -> Litestar:
    """Raises CommandError where something that it needs is amiss."""
    from proxy.app import create_app
    from proxy.corpus.problems import CorpusError
    from proxy.grounding.types import VerifierError
    from proxy.ledger.errors import LedgerError
    from proxy.models.embedder import EmbedderError
    from proxy.rules.reading import PoliciesError, read_policies
    from proxy.verifiers.calibration_file import CalibrationError

    try:
        read_policies(
            settings.policies
        )  # the quickest to be wrong: before the ledger and the corpus are opened
        return create_app(settings)
    except (
        CalibrationError,
        CorpusError,
        EmbedderError,
        LedgerError,
        PoliciesError,
        VerifierError,
    ) as error:
        raise CommandError(str(error)) from None


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CommandError(f"port {port} is already in use; choose another with --port") from None
        raise CommandError(f"cannot listen on {host}:{port}: {error.strerror or error}") from None


def _log() -> Any:
    import structlog

    return structlog.get_logger("proxy.serve")


def _announce(settings: Settings, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    _log().info(
        "listening",
        base_url=f"http://{shown}:{port}/v1",
        upstream=settings.upstream,
        corpus=str(settings.corpus),
        policies=str(settings.policies) if settings.policies else "built-in",
        workers=settings.workers,
    )
