"""``cxai serve``: the proxy, until it is told to stop."""

from __future__ import annotations

import errno
import signal
import socket
from contextlib import suppress
from functools import partial
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

if TYPE_CHECKING:
    import ssl

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
    _announce(settings, listening)
    # uvicorn raises the signal again once it has drained, and that would end us with an error status.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if not server.started:
        raise CommandError("the proxy could not start; the log says why")


def server_options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told, whether alone or as one of several workers."""
    from proxy.wire.connection import LimitedConnection

    return {
        "http": LimitedConnection,
        "ssl_context_factory": partial(tls_of, settings) if settings.tls_cert else None,
        "log_config": None,
        "log_level": settings.log_level if settings.log_level in ("debug", "error") else "warning",
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": max(1, round(settings.drain_s)),
    }


def tls_of(settings: Settings, *_: Any) -> ssl.SSLContext | None:
    """What is needed to speak HTTPS, where a certificate is named. Raises CommandError."""
    from proxy.access.keys import AccessError
    from proxy.access.tls import tls_context

    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise CommandError("TLS needs both --tls-cert and --tls-key (the settings tls_cert and tls_key)")
    try:
        return tls_context(settings.tls_cert, settings.tls_key)
    except AccessError as error:
        raise CommandError(str(error)) from None


def application(settings: Settings) -> Litestar:
    """Raises CommandError where something that it needs is amiss."""
    from proxy.access.keys import AccessError
    from proxy.app import create_app
    from proxy.corpus.problems import CorpusError
    from proxy.grounding.types import VerifierError
    from proxy.ledger.errors import LedgerError
    from proxy.ledger.records import DEFAULT_TENANT
    from proxy.models.embedder import EmbedderError
    from proxy.rules.problems import PoliciesError
    from proxy.rules.reading import read_policies
    from proxy.verifiers.calibration_file import CalibrationError
    from proxy.wire.upstreams.opening import UpstreamError

    try:
        # The quickest to be wrong: before the ledger and the corpus are opened.
        for name in (DEFAULT_TENANT, *settings.tenants):
            read_policies(settings.of_tenant(name).policies)
        return create_app(settings)
    except (
        AccessError,
        CalibrationError,
        CorpusError,
        EmbedderError,
        LedgerError,
        PoliciesError,
        UpstreamError,
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
        base_url=f"{'https' if settings.tls_cert else 'http'}://{shown}:{port}/v1",
        upstream=", ".join(one.url for one in settings.upstream_options()),
        corpus=str(settings.corpus),
        policies=str(settings.policies) if settings.policies else "built-in",
        workers=settings.workers,
    )
