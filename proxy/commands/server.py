"""The server that serves the proxy, as each worker starts it: the application, and what uvicorn is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from proxy.commands.options import CommandError

if TYPE_CHECKING:
    import ssl

    from litestar import Litestar

    from proxy.settings import Settings

# Longer than clients and load balancers keep a connection (httpx 5 s, AWS 60 s): one that is closed on this side in the
# moment in which it is used again is an error there.
KEEP_ALIVE_S = 75


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
    from proxy.corpus.lasting import lasting

    with lasting():  # a tenth of the start would go into looking through modules that stay
        return _application(settings)


def _application(settings: Settings) -> Litestar:
    from proxy.models.ahead import ShippedModels
    from proxy.verifiers.registry import tiers_of

    models = ShippedModels(*tiers_of(settings.verifier))  # first: they are read while all else is loaded

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
        return create_app(settings, models=models)
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
