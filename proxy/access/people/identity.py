"""Who an identity provider says that somebody is; apart from asking it, for which much is loaded (``oidc.py``)."""

from __future__ import annotations

from dataclasses import dataclass


class OidcError(Exception):
    """The provider cannot be asked, or what it says cannot be believed; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the provider says. ``subject`` names them for good, an address may pass to somebody else."""

    issuer: str
    subject: str
    email: str | None = None
    email_verified: bool = False
