"""Tenants as the settings name them: each with documents, policies and a model provider of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, model_validator

from proxy.ledger.records import DEFAULT_TENANT
from proxy.wire.upstreams.options import Address, Auth, UpstreamOptions, different_names, upstream_list

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_UPSTREAM_DEFAULTS = {
    "upstream_api_key": None,
    "upstream_auth": "bearer",
    "upstream_query": "",
    "upstreams": (),
}


class TenantOptions(BaseModel):
    """What one tenant has of its own; all else is as at the top of ``cxai.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    corpus: Path
    policies: Path | None = None
    upstream: Address | None = None
    upstream_api_key: SecretStr | None = None
    upstream_auth: Auth | None = None
    upstream_query: str | None = None
    upstreams: Annotated[
        tuple[UpstreamOptions, ...], BeforeValidator(upstream_list), AfterValidator(different_names)
    ] = ()

    @model_validator(mode="after")
    def _one_way_of_naming_providers(self) -> TenantOptions:
        if self.upstreams and self.upstream:
            raise ValueError('must not have "upstream" beside "upstreams"; give one of them')
        return self

    @property
    def has_own_upstream(self) -> bool:
        return bool(self.upstreams or {"upstream", *_UPSTREAM_DEFAULTS} & self.model_fields_set)

    def replaced(self) -> dict[str, Any]:
        """The settings that are others here. Where the upstream is another, no key of the first one goes there."""
        own = {name: value for name in self.model_fields_set if (value := getattr(self, name)) is not None}
        return {**_UPSTREAM_DEFAULTS, **own} if self.upstream or self.upstreams else own


def tenant_names(tenants: dict[str, TenantOptions]) -> dict[str, TenantOptions]:
    """The tenants, if each may be called so. Raises ValueError."""
    for name in tenants:
        if name == DEFAULT_TENANT or not _NAME.fullmatch(name):
            raise ValueError(
                f'cannot have "{name}": a tenant is called by small letters, digits and "-", and not '
                f'"{DEFAULT_TENANT}", which is what stands at the top of the settings'
            )
    return tenants
