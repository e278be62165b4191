"""Every version of a document can be read again by its hash, and a path's last good one is known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from proxy.ledger.ledger import Ledger
from proxy.ledger.records import DecisionRecord

OLD, NEW = b"# Refunds\n30 days\n", "# Refunds\n14 days — in all cases\n".encode()


def keep(ledger: Ledger, content: bytes, document_id: str = "airline/refunds") -> str:
    content_hash = sha256(content).hexdigest()
    ledger.keep(document_id, f"{document_id}.md", content_hash, content)
    return content_hash


def test_the_last_kept_version_of_a_path_is_its_last_good_one(ledger: Ledger) -> None:
    assert ledger.last_good("airline/refunds.md") is None
    keep(ledger, OLD)
    keep(ledger, NEW)
    assert ledger.last_good("airline/refunds.md") == NEW


def test_every_version_can_be_read_by_its_hash(ledger: Ledger) -> None:
    old, new = keep(ledger, OLD), keep(ledger, NEW)
    assert ledger.document_text(old) == OLD.decode()
    assert ledger.document_text(new) == NEW.decode()
    assert ledger.document_text("0" * 64) is None


def test_a_version_that_returns_is_the_last_good_one_again(ledger: Ledger) -> None:
    old, new = keep(ledger, OLD), keep(ledger, NEW)
    keep(ledger, OLD)
    assert ledger.last_good("airline/refunds.md") == OLD
    assert [version.content_hash for version in ledger.document_versions("airline/refunds")] == [
        old,
        new,
        old,
    ]


def test_the_same_text_may_stand_at_two_paths(ledger: Ledger) -> None:
    keep(ledger, OLD)
    keep(ledger, OLD, "telecom/refunds")
    assert ledger.last_good("airline/refunds.md") == ledger.last_good("telecom/refunds.md") == OLD


def test_keeping_what_is_kept_adds_nothing(open_ledger: Callable[..., Ledger]) -> None:
    replicas = [open_ledger(), open_ledger()]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: keep(replicas[n % 2], OLD), range(64)))
    assert len(replicas[0].document_versions("airline/refunds")) == 1


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\x00\xff\xfe", b"x" * 3_000_000])
def test_any_file_comes_back_byte_for_byte(ledger: Ledger, content: bytes) -> None:
    assert ledger.document_content(keep(ledger, content)) == content


def test_a_corpus_version_names_its_documents_by_their_bytes(ledger: Ledger) -> None:
    old, new = keep(ledger, OLD), keep(ledger, NEW)
    for number, (version, content_hash) in enumerate([("c-1", old), ("c-2", new), ("c-1", old)]):
        record = DecisionRecord(
            f"r{number}",
            datetime.now(UTC),
            "default",
            "enforce",
            "deliver",
            True,
            "m",
            versions={"corpus": version},
        )
        ledger.record(record, {"airline/refunds": content_hash})
    assert ledger.corpus_version("c-1") == {"airline/refunds": old}
    assert ledger.document_text(ledger.corpus_version("c-2")["airline/refunds"]) == NEW.decode()
    assert ledger.corpus_version("c-3") == {}
