"""Keys: what is kept of one, and how a change reaches workers that run already."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proxy.access.keys import Scope, digest_of, is_ours, new_key, prefix_in, successor_of
from proxy.access.live import READ_ALL_EVERY, TRUSTED_S, KeyRefused, KeysUnreadable, LiveKeys
from proxy.ledger.ledger import Ledger, LedgerError
from proxy.ledger.records import ApiKey

NOW = datetime.now(UTC)


@pytest.fixture
def ledger(ledger_url: str):  # type: ignore[no-untyped-def]
    with Ledger.open(ledger_url) as opened:
        yield opened


def is_let_in(keys: LiveKeys, text: str) -> bool:
    try:
        keys.find(text)
    except KeyRefused:
        return False
    return True


def test_a_key_is_named_by_its_prefix_and_kept_as_a_hash() -> None:
    text, key = new_key("website")
    assert re.fullmatch(r"cxai_[a-z0-9]{8}_[A-Za-z0-9]{40}", text)
    assert prefix_in(text) == key.prefix == text[5:13]
    assert key.digest == digest_of(text) == hashlib.sha256(text.encode()).hexdigest()
    assert text[14:] not in repr(key)
    assert key.scopes == ("chat", "check") and set(key.scopes) < set(Scope)


def test_no_two_keys_are_alike() -> None:
    texts = {new_key("x")[0] for _ in range(1000)}
    assert len(texts) == len({text[14:] for text in texts}) == 1000


@pytest.mark.parametrize("text", ["cxai_x", "CXAI_X", "a cxai_", "sk-cXaI_", "%cxai_%"])
def test_whatever_may_be_ours_is_taken_for_ours(text: str) -> None:
    assert is_ours(text)


def test_a_change_reaches_other_workers_with_their_next_look(ledger: Ledger, ledger_url: str) -> None:
    with Ledger.open(ledger_url) as other:
        keys = LiveKeys(other.api_keys)
        keys.load()
        text, key = new_key("website", requests_per_minute=7, concurrency=2)
        assert not keys.required and not is_let_in(keys, text)
        ledger.api_keys.add(key, by="ops")
        keys.load()
        found = keys.find(text)
        assert keys.required and replace(found, revision=0) == key
        ledger.api_keys.revoke(key.prefix, datetime.now(UTC), by="ops")
        assert is_let_in(keys, text)
        keys.load()
        assert not is_let_in(keys, text)
        assert keys.required, "without its last key the proxy would be open to all again"


def test_a_look_reads_only_what_has_changed(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.api_keys.add(new_key("x")[1], by="ops")
    every = ledger.api_keys.every()
    seen = max(key.revision for key in every)
    assert sorted(key.revision for key in every) == [1, 2, 3]
    assert ledger.api_keys.changed_since(seen) == []
    ledger.api_keys.used({every[0].prefix: NOW})
    assert ledger.api_keys.changed_since(seen) == []
    ledger.api_keys.revoke(every[0].prefix, NOW, by="ops")
    assert [key.prefix for key in ledger.api_keys.changed_since(seen)] == [every[0].prefix]


def test_changes_at_once_each_get_a_number_of_their_own(ledger: Ledger, ledger_url: str) -> None:
    """A worker that has seen a number has seen all before it: none may be given twice, or late."""

    def add() -> None:
        with Ledger.open(ledger_url) as own:
            for _ in range(5):
                own.api_keys.add(new_key("x")[1], by="ops")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.revision for key in ledger.api_keys.every()) == list(range(1, 21))


def test_a_backup_that_was_restored_is_read_whole_after_a_minute(ledger: Ledger) -> None:
    text, key = new_key("x")
    ledger.api_keys.add(key, by="ops")
    keys = LiveKeys(ledger.api_keys)
    keys._seen, keys._reads = 1000, 1  # as after many changes that the backup does not have
    for _ in range(READ_ALL_EVERY - 1):
        keys.load()
    assert not is_let_in(keys, text)
    keys.load()
    assert is_let_in(keys, text)


def test_rotation_gives_the_same_rights_and_ends_the_old_key_later(ledger: Ledger) -> None:
    old_text, old = new_key(
        "bot", scopes=["chat"], tenant="acme", expires_at=NOW + timedelta(days=90), concurrency=3
    )
    ledger.api_keys.add(old, by="ops")
    new_text, new = new_key("")
    soon = datetime.now(UTC) + timedelta(seconds=0.5)
    added = ledger.api_keys.rotate(old.prefix, lambda key: successor_of(key, new), soon, by="ops")
    assert (added.name, added.scopes, added.tenant, added.concurrency) == ("bot", ("chat",), "acme", 3)
    assert added.replaces == old.prefix
    assert added.expires_at is not None and added.expires_at - added.created_at == timedelta(days=90) - (
        old.created_at - NOW
    )
    keys = LiveKeys(ledger.api_keys)
    keys.load()
    assert is_let_in(keys, old_text) and is_let_in(keys, new_text)
    time.sleep(0.6)
    with pytest.raises(KeyRefused) as refused:
        keys.find(old_text)
    assert refused.value.expired_at == soon and is_let_in(keys, new_text)


def test_rotation_never_lengthens_a_keys_life(ledger: Ledger) -> None:
    _, old = new_key("x", expires_at=NOW + timedelta(hours=1))
    ledger.api_keys.add(old, by="ops")
    _, new = new_key("")
    ledger.api_keys.rotate(old.prefix, lambda key: successor_of(key, new), NOW + timedelta(days=9), by="ops")
    found = next(key for key in ledger.api_keys.every() if key.prefix == old.prefix)
    assert found.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("lifetime", [timedelta(days=90), None])
def test_a_key_that_is_rotated_again_gives_the_life_that_it_was_given(
    ledger: Ledger, lifetime: timedelta | None
) -> None:
    """The end of the overlap is the old key's alone: who lost the new key and rotates again gets none of it."""
    _, old = new_key("bot")
    old = replace(old, expires_at=None if lifetime is None else old.created_at + lifetime)
    ledger.api_keys.add(old, by="ops")

    def rotated(prefix: str) -> ApiKey:
        _, new = new_key("")
        in_a_day = datetime.now(UTC) + timedelta(days=1)
        return ledger.api_keys.rotate(prefix, lambda key: successor_of(key, new), in_a_day, by="ops")

    first = rotated(old.prefix)
    made = [first, rotated(old.prefix), rotated(first.prefix), rotated(first.prefix), rotated(old.prefix)]
    assert [key.expires_at and key.expires_at - key.created_at for key in made] == [lifetime] * 5


def test_what_has_expired_is_not_rotated(ledger: Ledger) -> None:
    _, key = new_key("x", expires_at=NOW - timedelta(hours=1))
    ledger.api_keys.add(key, by="ops")
    for overlap in (timedelta(0), timedelta(days=1)):
        with pytest.raises(LedgerError, match=rf"key {key.prefix} expired on .* UTC; .*cxai keys create"):
            ledger.api_keys.rotate(
                key.prefix,
                lambda old: successor_of(old, new_key("")[1]),
                datetime.now(UTC) + overlap,
                by="ops",
            )
    assert len(ledger.api_keys.every()) == 1


def test_what_is_revoked_or_unknown_is_not_rotated(ledger: Ledger) -> None:
    _, key = new_key("x")
    ledger.api_keys.add(key, by="ops")
    ledger.api_keys.revoke(key.prefix, NOW, by="ops")
    for prefix in (key.prefix, "nosuchky"):
        with pytest.raises(LedgerError, match=r"cxai keys (create|list)"):
            ledger.api_keys.rotate(prefix, lambda old: successor_of(old, new_key("")[1]), NOW, by="ops")
    assert len(ledger.api_keys.every()) == 1


def test_of_replicas_that_start_at_once_one_makes_the_first_key(ledger: Ledger, ledger_url: str) -> None:
    made: list[bool] = []

    def start() -> None:
        with Ledger.open(ledger_url) as own:
            made.append(own.api_keys.add_first(new_key("first")[1], by="ops"))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 5 + [True] and len(ledger.api_keys.every()) == 1
    ledger.api_keys.revoke(ledger.api_keys.every()[0].prefix, NOW, by="ops")
    assert not ledger.api_keys.add_first(new_key("again")[1], by="ops"), "a revoked key is no invitation"


async def test_the_last_use_is_noted_and_never_goes_back(ledger: Ledger) -> None:
    text, key = new_key("x")
    ledger.api_keys.add(key, by="ops")
    keys = LiveKeys(ledger.api_keys)
    keys.load()
    await keys.note_uses()
    assert ledger.api_keys.every()[0].last_used_at is None
    keys.find(text)
    await keys.note_uses()
    used = ledger.api_keys.every()[0].last_used_at
    assert used is not None and used >= NOW
    ledger.api_keys.used({key.prefix: NOW - timedelta(days=1)})
    assert ledger.api_keys.every()[0].last_used_at == used


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_keys_that_could_not_be_read_for_long_count_no_longer(ledger: Ledger) -> None:
    clock = Clock()
    text, key = new_key("x")
    ledger.api_keys.add(key, by="ops")
    keys = LiveKeys(ledger.api_keys, clock=clock)
    keys.load()
    clock.now += TRUSTED_S
    assert is_let_in(keys, text)
    clock.now += 1
    with pytest.raises(KeysUnreadable):
        keys.find(text)
    keys.load()
    assert is_let_in(keys, text)


@pytest.mark.parametrize(
    ("required", "before", "after"), [(None, False, True), (True, True, True), (False, False, False)]
)
def test_when_a_key_is_needed(ledger: Ledger, required: bool | None, before: bool, after: bool) -> None:
    keys = LiveKeys(ledger.api_keys, required)
    keys.load()
    assert keys.required is before
    ledger.api_keys.add(new_key("x")[1], by="ops")
    keys.load()
    assert keys.required is after


async def test_a_database_that_is_away_for_a_while_stops_nothing(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proxy.access.live.READ_EVERY_S", 0.02)
    looks = 0
    read: Callable[[int], list[object]] = ledger.api_keys.changed_since  # type: ignore[assignment]

    class Flaky:
        def changed_since(self, revision: int) -> list[object]:
            nonlocal looks
            looks += 1
            if looks < 4:
                raise LedgerError("away")
            return read(revision)

    text, key = new_key("x")
    ledger.api_keys.add(key, by="ops")
    keys = LiveKeys(Flaky())  # type: ignore[arg-type]
    running = asyncio.create_task(keys.run())
    for _ in range(500):
        await asyncio.sleep(0.02)
        if is_let_in(keys, text):
            break
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert looks >= 4 and is_let_in(keys, text)
