"""TLS from two files. A renewed certificate is used from the next connection on, without a restart."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import structlog

from proxy.access.keys import AccessError

log = structlog.get_logger(__name__)

Signature = tuple[tuple[int, int], ...]


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server needs to speak TLS 1.2 or newer. Raises AccessError, with what is wrong with the files."""
    try:
        context = _loaded(certificate, key)
        renewal = _Renewal(certificate, key, context)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise AccessError(
            f"TLS: {certificate} and {key} cannot be used: {getattr(error, 'strerror', None) or error}; "
            "name a PEM file with the certificate and its chain, and one with its key, without a password"
        ) from None
    context.sni_callback = renewal.choose
    return context


class _Renewal:
    """Looks at the files at each handshake, which asks for this anyway; a look costs some microseconds."""

    def __init__(self, certificate: Path, key: Path, context: ssl.SSLContext) -> None:
        self._files = certificate, key
        self._signature = self._look()
        self._current = context
        self._lock = threading.Lock()

    def choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        with self._lock:
            self._renew()
        connection.context = self._current

    def _renew(self) -> None:
        """Files that do not fit each other (yet) leave what there was; they are tried again once they change."""
        signature = self._look()
        if signature == self._signature:
            return
        self._signature = signature
        try:
            self._current = _loaded(*self._files)
            log.info("TLS certificate renewed", certificate=str(self._files[0]))
        except (OSError, ValueError) as error:
            log.error("TLS certificate not renewed, the last one stays", error=str(error))

    def _look(self) -> Signature | None:
        """What changes when one of the files does; None where one is away."""
        try:
            return tuple((status.st_mtime_ns, status.st_ino) for status in map(Path.stat, self._files))
        except OSError:
            return None


def _loaded(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key, password=_no_password)
    return context


def _no_password() -> str:
    """OpenSSL would ask on the terminal, and a server has none."""
    raise ValueError("the key has a password")
