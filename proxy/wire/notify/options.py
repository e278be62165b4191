"""Who is told of what happens to cases: the settings ``notify``."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from proxy.ledger.desk.lifecycle import Status

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,49}$")]
Statuses = Annotated[tuple[Status, ...], Field(min_length=1)]
LEAST_SECRET = 16  # characters


def _address(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest.split("/")[0] or "@" in rest.split("/")[0]:
        raise ValueError(
            "must be an address such as https://crm.example/hooks/cases, without a password in it"
        )
    return url


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < LEAST_SECRET:
        raise ValueError(f"must have at least {LEAST_SECRET} characters; `openssl rand -base64 32` makes one")
    return secret


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    statuses: Statuses = tuple(Status)
    """Of which changes it is told, by the statuses that cases come to; of all where it is left out."""
    people_calls: bool = True
    """Whether it is told when more cases wait than people can look at."""
    roll_backs: bool = True
    """Whether it is told when a canary is rolled back."""
    drifts: bool = True
    """Whether it is told when live traffic has changed, so that it is to be rehearsed anew."""
    tenant: str | None = None
    """Of which tenant's cases; of all tenants' where it is left out."""


class Webhook(_Told):
    """An address that is called."""

    name: Name
    """What logs and metrics call it."""
    url: Annotated[str, AfterValidator(_address)]
    """The address; no other one is ever called, and redirects are not followed."""
    secret: Annotated[SecretStr, AfterValidator(_long_enough)]
    """What its calls are signed with, 16 characters at least; `whsec_...` is read as Base64."""
    format: Literal["json", "slack"] = "json"
    """What is sent: a JSON object, or a text as Slack's incoming webhooks take it."""


class Mail(_Told):
    """Mail addresses, and the server that takes mails for them."""

    name: Name = "mail"
    """What logs and metrics call it."""
    host: str
    """The SMTP server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted: `starttls`, `tls` (from the first byte, mostly port 465) or `none`."""
    user: str | None = None
    """The user to sign in as; without one nobody signs in."""
    password: SecretStr | None = None
    """The user's password."""
    sender: Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")]
    """The address that mails come from."""
    to: Annotated[tuple[Annotated[str, Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")], ...], Field(min_length=1)]
    """The addresses that they go to."""
    statuses: Statuses = (Status.OPEN, Status.REOPENED)
    """Of which changes it is told: of new cases, where it is left out."""


class NotifyOptions(BaseModel):
    """Nobody is told where nothing is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: tuple[Webhook, ...] = ()
    """Addresses that are called."""
    mail: Mail | None = None
    """A mail server, and whom mails go to."""

    @model_validator(mode="after")
    def _different_names(self) -> Self:
        names = Counter(one.name for one in self.every)
        if twice := [name for name, count in names.items() if count > 1]:
            raise ValueError(f'must have different names; "{twice[0]}" is there twice')
        return self

    @property
    def every(self) -> tuple[Webhook | Mail, ...]:
        return (*self.webhooks, *((self.mail,) if self.mail else ()))

    def __str__(self) -> str:
        """Whom is told, for the list of settings; addresses of webhooks may hold secrets."""
        return ", ".join(one.name for one in self.every) or "nobody"
