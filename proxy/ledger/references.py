"""References of cases and promises, made to be read out over a telephone; and names that no other tenant can make."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from proxy.ledger.records import DEFAULT_TENANT

# No vowels (no words come out) and no twins: no 0 O, no 1 I L, and of 2 Z, 5 S, 8 B only the digit.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
_GROUP = f"[{ALPHABET}]{{4}}"
PROMISE = "PR-"  # what a promise's reference begins with
_OURS = re.compile(rf"CX-{_GROUP}-{_GROUP}|{PROMISE}{_GROUP}-{_GROUP}-{_GROUP}")


def new_reference() -> str:
    """A random case reference such as ``CX-7K3F-92QD``; there are 25^8, about 1.5e11."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"CX-{letters[:4]}-{letters[4:]}"


def promise_reference(response_id: str, number: int) -> str:
    """The reference of an answer's promise, such as ``PR-7K3F-92QD-X4MN``: always the same for the same promise."""
    digest = hashlib.sha256(f"{response_id}\x1f{number}".encode(errors="surrogatepass")).digest()
    rest, letters = int.from_bytes(digest), ""
    for _ in range(12):  # 25^12, about 6e16: none of an installation's promises meet
        rest, place = divmod(rest, len(ALPHABET))
        letters += ALPHABET[place]
    return f"{PROMISE}{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def own_reference(text: str) -> str | None:
    """The reference of a case or promise of ours, as we write it; None for what another system calls its own."""
    written = text.strip().upper()
    return written if _OURS.fullmatch(written) else None


def digest_for(tenant: str, name: str) -> str:
    """The SHA-256 of a name, keyed by its tenant: no name of one tenant's has the digest of another's."""
    named = name.encode(errors="surrogatepass")
    if tenant == DEFAULT_TENANT:
        return hashlib.sha256(named).hexdigest()
    return hmac.digest(tenant.encode(), named, "sha256").hex()
