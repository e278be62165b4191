"""Tenants as the settings name them: each with documents, policies and a model provider of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr

from proxy.ledger.records import DEFAULT_TENANT

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_UPSTREAM_DEFAULTS = {"upstream_api_key": None, "upstream_auth": "bearer", "upstream_query": ""}


def web_address(value: str) -> str:
    """A provider's address without a slash at its end. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://api.openai.com/v1")
    if parts.username or parts.password:
        raise ValueError('must not hold a user or a password; a key goes into "upstream_api_key"')
    if parts.query or parts.fragment:
        raise ValueError('must end before the "?"; a query that every call needs goes into "upstream_query"')
    return value.rstrip("/")


class TenantOptions(BaseModel):
    """What one tenant has of its own; all else is as at the top of ``cxai.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: Path
    policies: Path | None = None
    upstream: Annotated[str, AfterValidator(web_address)] | None = None
    upstream_api_key: SecretStr | None = None
    upstream_auth: Literal["bearer", "api-key"] | None = None
    upstream_query: str | None = None

    def replaced(self) -> dict[str, Any]:
        """The settings that are others here. Where the upstream is another, no key of the first one goes there."""
        own = {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}
        return {**_UPSTREAM_DEFAULTS, **own} if self.upstream else own


def tenant_names(tenants: dict[str, TenantOptions]) -> dict[str, TenantOptions]:
    """The tenants, if each may be called so. Raises ValueError."""
    for name in tenants:
        if name == DEFAULT_TENANT or not _NAME.fullmatch(name):
            raise ValueError(
                f'cannot have "{name}": a tenant is called by small letters, digits and "-", and not '
                f'"{DEFAULT_TENANT}", which is what stands at the top of the settings'
            )
    return tenants
