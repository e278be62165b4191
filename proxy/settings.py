"""The one object that holds the settings, and where each came from.

Command line over ``CXAI_*`` environment over ``cxai.yaml`` over the defaults here. docs/configuration.md has the same
list for people; a test keeps the two equal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from proxy.attribute_docs import attribute_docs
from proxy.console.options import ConsoleOptions
from proxy.context.customer import SHARED_IDS
from proxy.ledger.audit.options import AuditOptions
from proxy.recovery.detecting.plan import DetectingPlan
from proxy.recovery.recall.options import RecallOptions
from proxy.review.plan import ReviewPlan
from proxy.verifiers.cascade import CascadeOptions
from proxy.verifiers.options import Options
from proxy.verifiers.parts import Provider
from proxy.verifiers.registry import BuiltinOptions, cascade_options, verifier_options
from proxy.wire.notify.options import NotifyOptions
from proxy.wire.tenants import TenantOptions, tenant_names
from proxy.wire.upstreams.keys import key_now
from proxy.wire.upstreams.options import (
    CLIENT,
    Address,
    Auth,
    UpstreamOptions,
    different_names,
    upstream_list,
)

PREFIX = "CXAI_"
SECRETS = ("upstream_api_key",)
MASK = "********"
_PASSED_PATH = re.compile(r"[\w-][\w.-]*(?:/[\w-][\w.-]*)*(?:/\*)?", re.ASCII)


class SettingsError(Exception):
    """The settings cannot be used; the text has a line for each problem, with its place."""


def _as_paths(value: Any) -> Any:
    """Paths as a list, or as one text with commas between them. Raises ValueError where one may not pass."""
    paths = [path.strip() for path in value.split(",")] if isinstance(value, str) else value
    if not isinstance(paths, list | tuple) or not paths:
        return paths
    from proxy.wire.passthrough import guarded_by  # the doors are much to load, for a setting that few have

    for path in paths:
        if not isinstance(path, str) or not _PASSED_PATH.fullmatch(path):
            raise ValueError("must be paths below /v1/, such as images/generations or images/*")
        if door := guarded_by(path):
            raise ValueError(f'must leave the guarded door "/v1/{door}" out')
    return paths


def _policies_here() -> Path | None:
    return Path("policies") if Path("policies").is_dir() else None


def _as_ids(value: Any) -> Any:
    """Ids as a list, or as one text with commas between them; they are compared in small letters."""
    ids = value.split(",") if isinstance(value, str) else value
    return (
        [one.strip().casefold() if isinstance(one, str) else one for one in ids]
        if isinstance(ids, list | tuple)
        else ids
    )


Seconds = Annotated[float, Field(gt=0, le=3600)]
Bytes = Annotated[int, Field(ge=1024)]


def _cache_of_this_user() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(folder).expanduser() / "cxai" / "embeddings.sqlite"


class Settings(BaseSettings):
    """All settings of the proxy; each field is also ``CXAI_`` and its name in capitals, and a key of ``cxai.yaml``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    upstream: Address = "https://api.openai.com/v1"
    """The model provider's address, up to and without `/chat/completions`."""
    upstream_api_key: SecretStr | None = None
    """The key for the provider, where the client brings none of its own; else `OPENAI_API_KEY`."""
    upstream_auth: Auth = "bearer"
    """How that key is sent: `Authorization: Bearer` or, for Azure OpenAI, the header `api-key`."""
    pass_through: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_as_paths)] = ()
    """More paths below `/v1/` that pass unchecked: `[images/*, videos]`, in the environment `images/*,videos`."""
    upstream_query: str = ""
    """A query added to every call, such as `api-version=2024-10-21` for Azure OpenAI."""
    upstreams: Annotated[
        tuple[UpstreamOptions, ...], NoDecode, BeforeValidator(upstream_list), AfterValidator(different_names)
    ] = ()
    """Several providers, in place of `upstream` and the `upstream_…` settings (docs/upstreams.md#several-providers)."""
    corpus: Path = Path("policy_corpus")
    """The folder of official policy documents; `folder@revision` reads what git has there."""
    policies: Path | None = Field(default_factory=_policies_here)
    """The folder of routes and thresholds; without one, the built-in route (docs/configuration.md#policies)."""
    embedding_cache: Path | None = Field(default_factory=_cache_of_this_user)
    """A file that keeps what was computed of the documents, so that the next start is quick; safe to delete."""
    verifier: Annotated[Options, NoDecode, PlainValidator(verifier_options)] = BuiltinOptions()
    """What judges claims: `builtin`, or a mapping with a `kind` and its options (docs/verifiers.md)."""
    cascade: Annotated[CascadeOptions | None, NoDecode, PlainValidator(cascade_options)] = None
    """A judge model for what the verifier is unsure of: a mapping with its `model` (docs/verifiers.md#the-cascade)."""
    calibration: Path | None = None
    """A file of `cxai calibrate`; without one, the verifier's confidence and threshold are as shipped."""
    database_url: str = "sqlite:///data/cxai.db"
    """Where decisions and escalations are kept: `sqlite:///file.db` or `postgresql://user@host/name`."""
    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for all."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """The port to listen on; 0 takes any free one."""
    require_keys: bool | None = None
    """Whether each request needs an API key; by default, as soon as one was made (docs/access.md)."""
    first_key: Literal["auto"] | None = None
    """`auto` makes a first API key where there has never been one, and prints it once: for containers."""
    tls_cert: Path | None = None
    """A PEM file with the certificate and its chain; with it and `tls_key` the proxy speaks HTTPS."""
    tls_key: Path | None = None
    """A PEM file with the certificate's key, without a password."""
    tenants: Annotated[dict[str, TenantOptions], AfterValidator(tenant_names)] = {}
    """By name, who has documents, policies and an upstream of its own (docs/access.md#tenants)."""
    console: ConsoleOptions = ConsoleOptions()
    """How people reach the console, and how they sign in: a mapping (docs/people.md#settings)."""
    review: ReviewPlan = ReviewPlan()
    """How people review: shares of samples, second reviews and seeded items, a mapping (docs/review.md#settings)."""
    recovery: DetectingPlan = DetectingPlan()
    """How failures are found: how often, and within how many days, a mapping (docs/recovery.md#settings)."""
    connect_timeout_s: Seconds = 5.0
    """Seconds to wait for a connection to the provider."""
    read_timeout_s: Seconds = 60.0
    """Seconds to wait for the provider's next bytes."""
    total_timeout_s: Seconds = 300.0
    """Seconds that one request may take altogether."""
    keep_alive_s: Seconds = 10.0
    """Seconds of silence in a guarded stream after which a comment is sent, so that nobody takes it for dead."""
    max_body_bytes: Bytes = 10_000_000
    """The largest request that is accepted, in bytes; what passes unchecked is streamed and has no limit."""
    max_answer_bytes: Bytes = 8_000_000
    """The largest answer that is accepted from the provider, in bytes."""
    store_text: Literal["full", "masked", "none"] = "full"
    """How much text the records keep: all, all with personal details masked, or none."""
    retention_days: Annotated[int, Field(ge=0)] = 365
    """Days after which records are deleted; 0 keeps them for ever."""
    open_case_hours: Annotated[int, Field(ge=1)] = 72
    """Hours after which a case that is still open raises an alarm: a customer waits, and automation stays away."""
    answers_expire_days: Annotated[int, Field(ge=1, le=30)] = 30
    """Days after which a person's answer is not told any more to a customer who has not written since."""
    shared_customer_ids: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_as_ids)] = SHARED_IDS
    """Ids that are nobody's, since many customers share them: a list, in the environment with commas."""
    audit: AuditOptions = AuditOptions()
    """The audit log: a mapping with `folder`, `seal_every_s` and `heads_every_minutes` (docs/audit.md#settings)."""
    notify: NotifyOptions = NotifyOptions()
    """Who is told of what happens to cases: webhooks and a mail server, a mapping (docs/escalations.md)."""
    recall: RecallOptions = RecallOptions()
    """What is done by itself when documents change, and how customers are told: a mapping (docs/recovery.md#recall)."""
    trace_content: bool = False
    """Whether traces hold the text of prompts and answers."""
    trust_traceparent: bool = True
    """Whether a trace goes on from the client's `traceparent`; else it only links to it."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe messages that are logged."""
    log_format: Literal["json", "console"] = "json"
    """`json`, one object a line, or `console` for reading on a terminal."""
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """How many processes serve on the port, each with models and limits of its own (docs/load.md)."""
    max_requests: Annotated[int, Field(ge=1)] = 256
    """How many requests a worker has in hand at once; more wait for `max_wait_s`, then get 429 (docs/load.md)."""
    max_wait_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    """Seconds that a request waits to be taken in hand before it is sent away."""
    judge_threads: Annotated[int, Field(ge=1, le=256)] = Field(default_factory=lambda: os.cpu_count() or 1)
    """How many claims a worker judges at once; by default one for each processor core, divided by the workers."""
    judge_queue: Annotated[int, Field(ge=1)] = 256
    """How many claims may wait or be judged; one more is unverified with the reason `busy`."""
    drain_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """Seconds that running requests get to finish after SIGTERM."""
    drain_delay_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    """Seconds after SIGTERM in which new requests are still taken, while `/readyz` says 503 to load balancers."""

    @model_validator(mode="after")
    def _divided(self) -> Self:
        """The workers share the cores."""
        if "judge_threads" not in self.model_fields_set:
            self.__dict__["judge_threads"] = max(1, self.judge_threads // self.workers)
        return self

    def of_tenant(self, name: str) -> Settings:
        """The settings as they are for this tenant."""
        return self.model_copy(update=self.tenants[name].replaced()) if name in self.tenants else self

    def provider_key(self) -> str | None:
        """The provider's key in the clear."""
        return self.upstream_api_key.get_secret_value() if self.upstream_api_key else None

    def provider(self) -> Provider:
        """The provider, of several the first, as a judge model may be asked there, with our key."""
        serving = (one for one in self.upstream_options() if not one.reserved)
        first = min(serving, key=lambda one: one.priority)
        key = key_now(first.api_key) or (self.provider_key() if first.api_key == CLIENT else None)
        header, value = ("authorization", f"Bearer {key}") if first.auth == "bearer" else ("api-key", key)
        return Provider(first.url, {header: value} if key and value else {}, first.query)

    def upstream_options(self) -> tuple[UpstreamOptions, ...]:
        """The providers; of one alone nothing is gained by leaving it alone where it fails."""
        return self.upstreams or (
            UpstreamOptions(
                name="default",
                url=self.upstream,
                api_key=CLIENT,
                auth=self.upstream_auth,
                query=self.upstream_query,
                breaker_failures=0,
            ),
        )


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings with the source of each by name; ``warnings`` is what looks wrong and does not stop."""

    settings: Settings
    sources: Mapping[str, str]
    warnings: tuple[str, ...] = ()

    def shown(self) -> Iterator[ShownSetting]:
        """Every setting as people may see it: secrets are masked."""
        said = attribute_docs(Settings)
        for name in Settings.model_fields:
            value = shown_value(name, getattr(self.settings, name))
            yield ShownSetting(name, value, self.sources[name], said.get(name, ""))


@dataclass(frozen=True, slots=True)
class ShownSetting:
    name: str
    value: str
    source: str
    description: str

    @property
    def variable(self) -> str:
        return variable_of(self.name)


def variable_of(name: str) -> str:
    return PREFIX + name.upper()


def shown_value(name: str, value: Any) -> str:
    """A setting's value for people's eyes: keys, and passwords inside addresses, are masked."""
    if value is None or value == "":
        return ""
    if name in SECRETS:
        return MASK
    if name in ("tenants", "shared_customer_ids"):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    text = re.sub(r"(?<=//)([^/@:]*):[^@]*@", rf"\1:{MASK}@", str(value))
    return re.sub(r"(?i)((?:password|key|secret|token|sig)=)[^&]*", rf"\1{MASK}", text)
