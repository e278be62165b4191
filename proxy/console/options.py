"""The settings of the console: one mapping, ``console``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


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


class ConsoleOptions(BaseModel):
    """How people reach the console, and how long they stay signed in."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    url: Annotated[str, AfterValidator(_origin)] | None = None
    """The address by which browsers reach the proxy, such as `https://proxy.example`."""
    jaeger_url: Annotated[str, AfterValidator(_address)] | None = None
    """The address of Jaeger's pages, such as `https://jaeger.example`; answers then link to their traces."""
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
    def idle(self) -> timedelta:
        return timedelta(minutes=self.idle_minutes)

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.session_hours)
