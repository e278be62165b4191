"""``cxai serve``: the proxy, until it is told to stop."""

from __future__ import annotations

import errno
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
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
from proxy.commands.server import application, server_options, tls_of

if TYPE_CHECKING:
    from proxy.settings import Settings


def serve(
    upstream: Annotated[str | None, typer.Option(metavar="URL", help="The model provider.")] = None,
    corpus: CorpusOption = None,
    policies: PoliciesOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    database_url: DatabaseOption = None,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificate and chain (PEM): speak HTTPS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key (PEM).")] = None,
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
    # Before numpy is read. Its own threads spin while they wait for each other, on processors that answers need, and a
    # search is short work for one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    settings = load(
        config,
        upstream=upstream,
        corpus=corpus,
        policies=policies,
        host=host,
        port=port,
        database_url=database_url,
        tls_cert=tls_cert,
        tls_key=tls_key,
        log_level=log_level,
        log_format=log_format,
        workers=workers,
    ).settings
    if config is not None:
        from proxy.settings_sources import CONFIG_VARIABLE

        # For the commands that are run beside the proxy (proxy/niced.py).
        os.environ[CONFIG_VARIABLE] = str(config)
    run(settings)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that have begun get ``drain_s`` seconds to end."""
    from proxy.telemetry.logs import configure_logging

    configure_logging(settings.log_level.upper(), json=settings.log_format == "json")
    tls_of(settings)  # what is wrong with it stops the start, whoever serves
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

    def end(*_: object) -> None:
        server.should_exit = True

    # Before uvicorn listens to signals, and once it has drained: it raises the signal again, which would end us with an
    # error status.
    signal.signal(signal.SIGTERM, end)
    _announce(settings, listening)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if not server.started:
        raise CommandError("the proxy could not start; the log says why")


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
        base_url=f"{'https' if settings.tls_cert else 'http'}://{shown}:{port}/v1",
        upstream=", ".join(one.url for one in settings.upstream_options()),
        corpus=str(settings.corpus),
        policies=str(settings.policies) if settings.policies else "built-in",
        workers=settings.workers,
    )
