"""The reference a customer is told, made to be read out over a telephone; and names that no other tenant can make."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from proxy.ledger.records import DEFAULT_TENANT

# No vowels (no words come out) and no twins: no 0 O, no 1 I L, and of 2 Z, 5 S, 8 B only the digit.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"


def new_reference() -> str:
    """A random case reference such as ``CX-7K3F-92QD``; there are 25^8, about 1.5e11."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"CX-{letters[:4]}-{letters[4:]}"


def digest_for(tenant: str, name: str) -> str:
    """The SHA-256 of a name, keyed by its tenant: no name of one tenant's has the digest of another's."""
    named = name.encode(errors="surrogatepass")
    if tenant == DEFAULT_TENANT:
        return hashlib.sha256(named).hexdigest()
    return hmac.digest(tenant.encode(), named, "sha256").hex()
