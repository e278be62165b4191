"""Heads of the log, signed (Ed25519) and appended to a file that is best kept elsewhere.

Who holds an earlier head sees when what came before it was rewritten or cut off. A head is one line:

    {"batch":12,"entries":2301,"hash":"...","key":"<public key>","sealed_at":"...","signature":"..."}

``signature``, in hex as the key is, is that of the line's canonical JSON (RFC 8785) without it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from proxy.ledger.audit.chain import Head
from proxy.ledger.audit.rows import instant
from proxy.ledger.errors import LedgerError
from proxy.owned_file import OWNER_ONLY

KEY_FILE = "signing_key.pem"
HEADS_FILE = "heads.jsonl"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it was exported; ``source`` says where, for messages."""

    batch: int
    hash: str
    key: str
    authentic: bool
    source: str


def signing_key(file: Path) -> Ed25519PrivateKey:
    """The key in this file, made for its owner alone where there is none. Raises LedgerError."""
    try:
        if not file.exists():
            _make_key(file)
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise LedgerError(
            f"audit key {file}: {error.strerror}; the setting audit.folder (CXAI_AUDIT__FOLDER) names a folder "
            "that can be written, or one that holds the key"
        ) from error
    except ValueError as error:
        raise LedgerError(f"audit key {file}: this is no private key in PEM: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(
            f"audit key {file}: only Ed25519 keys sign heads; openssl genpkey -algorithm ed25519"
        )
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key, in hex."""
    return key.public_key().public_bytes_raw().hex()


def public_pem(key: Ed25519PrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode("ascii")


def signed(head: Head, key: Ed25519PrivateKey) -> bytes:
    """The head's line."""
    assert head.sealed_at is not None, "an empty log has no head to sign"
    told: dict[str, Any] = {
        "batch": head.batch,
        "entries": head.entries,
        "hash": head.hash,
        "key": public_text(key),
        "sealed_at": instant(head.sealed_at),
    }
    return rfc8785.dumps({**told, "signature": key.sign(rfc8785.dumps(told)).hex()})


def append(file: Path, line: bytes) -> bool:
    """Add a head to the file, unless its last one is that already. Processes on one machine take turns."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab+") as heads:
            fcntl.flock(heads, fcntl.LOCK_EX)
            heads.seek(0)
            written = heads.read()
            if written.endswith(line + b"\n"):
                return False
            # A line that a crash cut short stays as it is, and spoils no other.
            heads.write(b"\n" + line + b"\n" if written and not written.endswith(b"\n") else line + b"\n")
            heads.flush()
            os.fsync(heads.fileno())
    except OSError as error:
        raise LedgerError(f"audit heads {file}: {error.strerror}") from error
    return True


def read_heads(file: Path) -> Iterator[SignedHead]:
    """The heads of a file, oldest first. Raises LedgerError where it cannot be read."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise LedgerError(f"audit heads {file}: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(line, f"{file}:{number}")


def _read(line: bytes, source: str) -> SignedHead:
    try:
        told = json.loads(line)
        signature = bytes.fromhex(told.pop("signature"))
        head = SignedHead(int(told["batch"]), str(told["hash"]), str(told["key"]), True, source)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key)).verify(signature, rfc8785.dumps(told))
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature):
        return SignedHead(0, "", "", False, source)
    return head


def _make_key(file: Path) -> None:
    """Whole or not at all, and the first of several processes counts."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    unfinished = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(handle, "wb") as made:
            made.write(pem)
            made.flush()
            os.fsync(made.fileno())
        with suppress(FileExistsError):
            os.link(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
