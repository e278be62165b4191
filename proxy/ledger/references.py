"""References of cases, promises and failures, to be read out by telephone; ids; names that no other tenant can make."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata

from proxy.ledger.records import DEFAULT_TENANT

# No vowels (no words come out) and no twins: no 0 O, no 1 I L, and of 2 Z, 5 S, 8 B only the digit.
ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
_GROUP = f"[{ALPHABET}]{{4}}"
PROMISE = "PR-"  # what a promise's reference begins with
CASE = "CX-"
FAILURE = "FL-"
RECALL = "RC-"
ANSWER = "cxr-"  # what the id of an answer begins with
ERASED = "erased-"  # and what that of a row is called which stays of an erased customer
_OURS = re.compile(rf"{CASE}{_GROUP}-{_GROUP}|{PROMISE}{_GROUP}-{_GROUP}-{_GROUP}")
FAILURE_ID = re.compile(rf"{FAILURE}{_GROUP}-{_GROUP}-{_GROUP}")
# Of the chatbot's, and of what a person answered to a case (ledger/desk/told.py).
ANSWER_ID = re.compile(rf"{ANSWER}[0-9a-f]{{24}}|{CASE}{_GROUP}-{_GROUP}\.[0-9]{{1,18}}")
# How each kind is written, with the number of characters behind what it begins with.
_WRITTEN = {CASE: ("CX-7K3F-92QD", 8), PROMISE: ("PR-7K3F-92QD-X4MN", 12)}
# Letters that we never write, each for the one of ours that it is taken for; what 0, O, 1, I or L was, nobody knows.
_TWINS = str.maketrans("ZSBU", "258V")
_NO_SIGN = re.compile(r"[^A-Z0-9]")


class Mistyped(ValueError):
    """What is meant for a reference of ours and is none; the message says what to write."""


def new_answer_id() -> str:
    """A random id of an answer, such as ``cxr-0f3a9c…``, with 24 digits of sixteen."""
    return ANSWER + secrets.token_hex(12)


def erased_name() -> str:
    """A random name for what stays of an erased customer: it leads to nobody."""
    return ERASED + secrets.token_hex(12)


def new_reference() -> str:
    """A random case reference such as ``CX-7K3F-92QD``; there are 25^8, about 1.5e11."""
    return CASE + _drawn()


def new_recall_reference() -> str:
    """A random reference of a recall, such as ``RC-7K3F-92QD``."""
    return RECALL + _drawn()


def recall_reference_for(tenant: str, digest: str, after: str = "") -> str:
    """The reference of the recall that a change of the documents brings about: the same in all replicas.

    ``after`` is that of the last one that these documents have had, if any.
    """
    return RECALL + _letters_of(f"{tenant}\x1f{digest}" + (f"\x1f{after}" if after else ""))


def is_by_change(ref: str) -> bool:
    """Whether a recall's reference is one that a change of the documents makes; those of people are shorter."""
    return len(ref) == len(recall_reference_for("", ""))


def _drawn() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def promise_reference(response_id: str, number: int) -> str:
    """The reference of an answer's promise, such as ``PR-7K3F-92QD-X4MN``: always the same for the same promise."""
    return PROMISE + _letters_of(f"{response_id}\x1f{number}")


def failure_reference(tenant: str, key: str) -> str:
    """The reference of a failure, such as ``FL-7K3F-92QD-X4MN``: always the same for the same failure."""
    return FAILURE + _letters_of(f"{tenant}\x1f{key}")


def _letters_of(name: str) -> str:
    """Twelve letters, 25^12 or about 6e16: none of an installation's names meet."""
    rest, letters = int.from_bytes(hashlib.sha256(name.encode(errors="surrogatepass")).digest()), ""
    for _ in range(12):
        rest, place = divmod(rest, len(ALPHABET))
        letters += ALPHABET[place]
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def own_reference(text: str) -> str | None:
    """The reference of a case or promise of ours, as we write it; None for what another system calls its own.

    Small letters, other dashes or none, and Z, S, B or U for 2, 5, 8 or V are read as what they stand for.
    Raises Mistyped for what begins like one of ours and cannot be one.
    """
    written = unicodedata.normalize("NFKC", text).upper()
    if _OURS.fullmatch(written):
        return written
    signs = _NO_SIGN.sub("", written)
    for prefix, (example, length) in _WRITTEN.items():
        head, body = prefix[:-1], signs[len(prefix) - 1 :]
        if not signs.startswith(head) or not _is_meant(written, head, len(body), length):
            continue
        groups = [body.translate(_TWINS)[at : at + 4] for at in range(0, len(body), 4)]
        if _OURS.fullmatch(own := prefix + "-".join(groups)):
            return own
        raise Mistyped(_mistake(body, prefix, example, length))
    if found := _OURS.search(written):
        raise Mistyped(f"the reference {found[0]} stands among other words; send it alone")
    return None


def _is_meant(written: str, head: str, signs: int, length: int) -> bool:
    """Whether it is to be a reference of ours: as long as one, or nearly; a case's also by what it begins with.

    Other systems' numbers often begin with ``PR-``.
    """
    separated = head == CASE[:-1] and re.match(rf"\W*{head}[\W_]", written) is not None
    return separated or abs(signs - length) <= 1


def _mistake(body: str, prefix: str, example: str, length: int) -> str:
    unknown = "".join(dict.fromkeys(sign for sign in body.translate(_TWINS) if sign not in ALPHABET))
    if len(body) != length:
        why = f"it has {len(body)} letters and digits after {prefix} and should have {length}"
    else:
        why = f"our references have no {' and no '.join(unknown)}"
    return (
        f"it begins like a reference of ours and is none: {why}. Write it as the customer was told it, "
        f"such as {example}; if it is another system's, put something before the {prefix}"
    )


def digest_for(tenant: str, name: str) -> str:
    """The SHA-256 of a name, keyed by its tenant: no name of one tenant's has the digest of another's."""
    named = name.encode(errors="surrogatepass")
    if tenant == DEFAULT_TENANT:
        return hashlib.sha256(named).hexdigest()
    return hmac.digest(tenant.encode(), named, "sha256").hex()
