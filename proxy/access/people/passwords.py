"""Passwords: which are good enough, and how they are kept.

Argon2id, with one of the equivalent choices of parameters in OWASP's Password Storage Cheat Sheet.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 128  # characters, as OWASP ASVS 2.1.2 has it
_SPACES = re.compile(" +")
# 46 MiB, one pass, one lane: about 40 ms of a processor.
_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


class WeakPassword(Exception):
    """A password that is not taken; the text says why."""


def check_strength(password: str, *, email: str = "", name: str = "") -> None:
    """Raises WeakPassword. Length is what counts (NIST SP 800-63B, 5.1.1.2): no rules about kinds of characters."""
    if len(_SPACES.sub(" ", password)) < SHORTEST:  # several spaces count as one (OWASP ASVS 2.1.1)
        raise WeakPassword(f"A password has at least {SHORTEST} characters; a few words in a row do.")
    if len(password) > LONGEST:
        raise WeakPassword(f"A password has at most {LONGEST} characters.")
    plain = password.casefold()
    if plain in _common() or len(set(plain)) < 5:
        raise WeakPassword("This password is among those that are tried first; take another.")
    own = [part for part in (email.partition("@")[0], name, email) if len(part) >= 4]
    if any(plain.replace(part.casefold(), "").strip("0123456789!.-_ ") == "" for part in own):
        raise WeakPassword("This password is made of your own name or address; take another.")


def hashed(password: str) -> str:
    return _HASHER.hash(password)


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether it is the password. Where there is none to compare with it takes as long, and says no."""
    if len(password) > LONGEST:
        password, password_hash = password[:LONGEST], None
    try:
        _HASHER.verify(password_hash or _of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_new_hash(password_hash: str) -> bool:
    """Whether it was made with other parameters than are used today."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _of_nobody() -> str:
    return hashed("the password of somebody who is not there")


@cache
def _common() -> frozenset[str]:
    text = files("proxy.access.people").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
