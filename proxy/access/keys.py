"""API keys: ``cxai_<prefix>_<secret>``. The prefix names a key for people, the secret proves it.

Of a key the database has the SHA-256 alone. A slow hash (bcrypt, Argon2) protects passwords, which people choose and
others guess; a secret here is 40 random letters and digits, 238 bits, which nobody guesses, however fast the hash is.
Slow it would only let strangers keep our processors busy.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from proxy.ledger.records import DEFAULT_TENANT, ApiKey

MARK = "cxai_"  # every key begins so: in a log, in a repository, in a header
PREFIX_LENGTH = 8
SECRET_LENGTH = 40
_PREFIX_LETTERS = string.ascii_lowercase + string.digits
_SECRET_LETTERS = string.ascii_letters + string.digits
_SHAPE = re.compile(rf"{MARK}([a-z0-9]{{{PREFIX_LENGTH}}})_[A-Za-z0-9]{{{SECRET_LENGTH}}}", re.ASCII)


class Scope(StrEnum):
    """What a key may do; docs/access.md has the list for people."""

    CHAT = "chat"
    CHECK = "check"
    PROVIDER = "provider"
    METRICS = "metrics"
    POLICIES = "policies:read"
    POLICIES_STAFF = "policies:staff"
    CONTACTS = "contacts"
    ESCALATIONS = "escalations"


USUAL_SCOPES = (Scope.CHAT, Scope.CHECK)


class AccessError(Exception):
    """The proxy cannot be opened to others as it is set up; the text says why, and what to do."""


def new_key(
    name: str,
    *,
    scopes: Collection[str] = USUAL_SCOPES,
    tenant: str = DEFAULT_TENANT,
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
    concurrency: int | None = None,
) -> tuple[str, ApiKey]:
    """A key's text, which is not kept anywhere, and what is kept of it."""
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(PREFIX_LENGTH))
    secret = "".join(secrets.choice(_SECRET_LETTERS) for _ in range(SECRET_LENGTH))
    text = f"{MARK}{prefix}_{secret}"
    key = ApiKey(
        prefix=prefix,
        digest=digest_of(text),
        name=name,
        scopes=tuple(sorted(set(scopes))),
        created_at=datetime.now(UTC),
        tenant=tenant,
        expires_at=expires_at,
        requests_per_minute=requests_per_minute,
        concurrency=concurrency,
    )
    return text, key


def successor_of(old: ApiKey, new: ApiKey, lifetime: timedelta | None = None) -> ApiKey:
    """``new`` in the place of ``old``: the same rights, and, unless ``lifetime`` is given, as long a life."""
    if lifetime is None and old.expires_at is not None:
        lifetime = old.expires_at - old.created_at
    return replace(
        new,
        name=old.name,
        scopes=old.scopes,
        tenant=old.tenant,
        requests_per_minute=old.requests_per_minute,
        concurrency=old.concurrency,
        replaces=old.prefix,
        expires_at=None if lifetime is None else new.created_at + lifetime,
    )


def prefix_in(text: str) -> str | None:
    """The prefix of what has the shape of a key, to the letter; None for anything else."""
    shaped = _SHAPE.fullmatch(text)
    return shaped[1] if shaped else None


def digest_of(text: str) -> str:
    """The SHA-256 of a whole key, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_ours(text: str) -> bool:
    """Whether a text holds what may be a key of ours, however it is written: it goes to no provider."""
    return MARK in text.lower()
