"""The settings of the console: one mapping, ``console``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from proxy.access.opening import is_loopback
from proxy.wire.upstreams.options import KeyPlace, key_place


def _origin(url: str) -> str:
    """Scheme, host and port alone. Raises ValueError."""
    scheme, _, rest = url.rstrip("/").partition("://")
    if scheme not in ("http", "https") or not rest or any(sign in rest for sign in "/?#@ "):
        raise ValueError("must be an address without a path, such as https://proxy.example")
    return f"{scheme}://{rest}"


def _address(url: str) -> str:
    """An address with or without a path, without its last slash. Raises ValueError."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or any(sign in rest for sign in "?#@ "):
        raise ValueError("must be an address such as https://jaeger.example")
    return url.rstrip("/")


def _issuer(url: str) -> str:
    """As the provider says it, to the letter; over the network by TLS alone. Raises ValueError."""
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or is_here):
        raise ValueError("must be the provider's https address, such as https://login.example/realms/acme")
    return url


def _secret_place(value: Any) -> KeyPlace | None:
    """Where the secret is, {env: NAME} or {file: PATH}; it never stands in the settings itself. Raises ValueError."""
    place = key_place(value)
    if isinstance(place, str):
        raise ValueError("must be {env: NAME} or {file: PATH}")
    return place


class OidcOptions(BaseModel):
    """The identity provider that people sign in with (OpenID Connect)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, AfterValidator(_issuer)]
    """The provider's address, as its own metadata says it."""
    client_id: Annotated[str, Field(min_length=1)]
    """What the provider calls us."""
    client_secret: Annotated[KeyPlace | None, PlainValidator(_secret_place)] = None
    """Where our secret is: `{env: NAME}` or `{file: PATH}`; none for a public client."""
    name: Annotated[str, Field(min_length=1, max_length=60)] = "Company account"
    """What people know it by."""
    trust_email: bool = False
    """Whether addresses count that the provider does not say it has verified."""

    def __str__(self) -> str:
        return self.issuer


class ConsoleOptions(BaseModel):
    """How people reach the console, and how long they stay signed in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_origin)] | None = None
    """The address by which browsers reach the proxy, such as `https://proxy.example`."""
    jaeger_url: Annotated[str, AfterValidator(_address)] | None = None
    """The address of Jaeger's pages, such as `https://jaeger.example`; answers then link to their traces."""
    passwords: bool = True
    """Whether people may sign in with a password of ours."""
    oidc: OidcOptions | None = None
    """The identity provider that people sign in with (OpenID Connect)."""
    idle_minutes: Annotated[float, Field(gt=0, le=1440)] = 60
    """Minutes without a request after which a session ends."""
    session_hours: Annotated[float, Field(gt=0, le=720)] = 12
    """Hours after which a session ends in any case."""

    def __str__(self) -> str:
        """What is set, for the list of settings."""
        return (
            ", ".join(f"{name}={getattr(self, name)}" for name in sorted(self.model_fields_set))
            or "as shipped"
        )

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach us by TLS, whoever speaks it."""
        return (self.url or "").startswith("https://")

    @property
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.session_hours)
