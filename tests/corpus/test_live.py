"""The live corpus: changes count within two seconds, in one step, and broken files keep their last good version."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
import structlog

from proxy.corpus.corpus import Corpus
from proxy.corpus.documents import Scope
from proxy.corpus.live import LiveCorpus
from proxy.corpus.problems import CorpusError
from proxy.ledger.ledger import Ledger
from proxy.models.embedder import Embedder

Write = Callable[..., Path]


class FileVersions:
    """A version store in a folder: one file a version, and the name of the last one of each path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def keeping(self, document_id: str, path: str, content_hash: str, content: bytes) -> Future[None]:
        (self._folder / content_hash).write_bytes(content)
        self._last(path).write_text(content_hash)
        kept: Future[None] = Future()
        kept.set_result(None)
        return kept

    def last_good(self, path: str) -> bytes | None:
        last = self._last(path)
        return (self._folder / last.read_text()).read_bytes() if last.exists() else None

    def _last(self, path: str) -> Path:
        return self._folder / f"last-{hashlib.sha256(path.encode()).hexdigest()}"


@pytest.fixture
def versions(tmp_path: Path) -> FileVersions:
    return FileVersions(tmp_path / "versions")


@asynccontextmanager
async def running(live: LiveCorpus) -> AsyncIterator[LiveCorpus]:
    await asyncio.to_thread(live.load)
    task = asyncio.create_task(live.run())
    await asyncio.sleep(0.3)
    try:
        yield live
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def within(seconds: float, condition: Callable[[], bool]) -> float:
    """Waits until the condition holds, and returns how long that took; fails when it takes longer."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - started


def texts(corpus: Corpus) -> list[str]:
    return [passage.text for passage in corpus.passages]


async def test_a_changed_file_is_live_within_two_seconds(
    folder: Path, write: Write, embedder: Embedder
) -> None:
    write("a.md", "A change costs 30 euros.", title="A")
    async with running(LiveCorpus(folder, embedder)) as live:
        write("a.md", "A change costs 40 euros.", title="A")
        await within(2, lambda: texts(live.current) == ["A change costs 40 euros."])


async def test_a_new_and_a_deleted_file_are_noticed(folder: Path, write: Write, embedder: Embedder) -> None:
    write("a.md", "One.", title="A")
    async with running(LiveCorpus(folder, embedder)) as live:
        write("new/b.md", "Two.", title="B")
        await within(2, lambda: texts(live.current) == ["One.", "Two."])
        (folder / "a.md").unlink()
        await within(2, lambda: texts(live.current) == ["Two."])


async def test_a_request_keeps_the_corpus_that_it_began_with(
    folder: Path, write: Write, embedder: Embedder
) -> None:
    write("a.md", "Old.", title="A")
    async with running(LiveCorpus(folder, embedder)) as live:
        before = live.current
        write("a.md", "New.", title="A")
        await within(2, lambda: live.current is not before)
        assert texts(before) == ["Old."]


async def test_half_of_a_change_is_never_seen(folder: Path, write: Write, embedder: Embedder) -> None:
    """Files that are written together, as a deployment does, count together."""
    for number in range(8):
        write(f"{number}.md", "Old.", title=str(number))
    seen = set()
    async with running(LiveCorpus(folder, embedder)) as live:
        await asyncio.sleep(1.5)  # the watch's own first look must not fall into the writing
        for number in range(8):
            write(f"{number}.md", "New.", title=str(number))

        def all_new() -> bool:
            seen.add(tuple(texts(live.current)))
            return set(texts(live.current)) == {"New."}

        await within(2, all_new)
    assert seen <= {("Old.",) * 8, ("New.",) * 8}


async def test_a_broken_file_keeps_its_last_good_version_and_says_why(
    folder: Path, write: Write, embedder: Embedder
) -> None:
    write("a.md", "Good.", title="A")
    with structlog.testing.capture_logs() as logged:
        async with running(LiveCorpus(folder, embedder)) as live:
            write("a.md", "Bad.", title="A", risk="deadly")
            await within(2, lambda: bool(live.problems))
            assert texts(live.current) == ["Good."]
            (problem,) = live.problems
            assert (problem.path, problem.line) == ("a.md", 3)
            assert problem.message.endswith("(until then its last good version counts)")
            await within(2, lambda: "deadly" in str(logged))
            write("a.md", "Good again.", title="A")
            await within(2, lambda: texts(live.current) == ["Good again."] and not live.problems)


def test_a_document_that_cannot_be_used_is_logged_as_an_error_and_a_doubt_as_a_warning(
    folder: Path, write: Write, embedder: Embedder
) -> None:
    write("a.md", "Text.", title="A", risk="deadly")
    write("b.md", "# B\n\nText.\n")
    with structlog.testing.capture_logs() as logged:
        LiveCorpus(folder, embedder).load()
    levels = {one["problem"].partition(":")[0]: one["log_level"] for one in logged if "problem" in one}
    assert levels == {"a.md": "error", "b.md": "warning"}


def test_a_broken_file_keeps_its_last_good_version_after_a_restart(
    folder: Path, write: Write, embedder: Embedder, versions: FileVersions
) -> None:
    write("a.md", "Good.", title="A")
    LiveCorpus(folder, embedder, versions).load()
    (folder / "a.md").write_bytes(b"\xff\xfe")
    restarted = LiveCorpus(folder, embedder, versions)
    assert texts(restarted.load()) == ["Good."]
    assert "not UTF-8" in restarted.problems[0].message


def test_a_deleted_document_does_not_come_back_through_a_broken_one_of_its_name(
    folder: Path, write: Write, embedder: Embedder, versions: FileVersions
) -> None:
    write("a.md", "Withdrawn.", title="A")
    write("b.md", "Other.", title="B")
    live = LiveCorpus(folder, embedder, versions)
    live.load()
    (folder / "a.md").unlink()
    live.load()
    write("a.md", "New.", title="A", risk="deadly")
    assert texts(live.load()) == ["Other."]
    (problem,) = live.problems
    assert problem.message.endswith("(until then it is not in the corpus)")


def test_the_ledger_keeps_versions_and_the_last_good_one(
    folder: Path, write: Write, embedder: Embedder, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    write("air/a.md", "Good.", title="A")
    with closing(Ledger.open(url)) as ledger:
        (document,) = LiveCorpus(folder, embedder, ledger).load().documents
    write("air/a.md", "Bad.", title="A", risk="deadly")
    with closing(Ledger.open(url)) as ledger:
        assert texts(LiveCorpus(folder, embedder, ledger).load()) == ["Good."]
        assert ledger.document_text(document.content_hash) == document.text


def test_a_file_that_was_never_good_is_not_in_the_corpus(
    folder: Path, write: Write, embedder: Embedder, versions: FileVersions
) -> None:
    write("a.md", "Bad.", risk="deadly")
    live = LiveCorpus(folder, embedder, versions)
    assert live.load().documents == ()
    assert "until then it is not in the corpus" in live.problems[0].message


def test_every_version_can_be_read_again_by_its_hash(
    folder: Path, write: Write, embedder: Embedder, versions: FileVersions, tmp_path: Path
) -> None:
    live = LiveCorpus(folder, embedder, versions)
    for text in ("First.", "Second."):
        write("a.md", text, title="A")
        (document,) = live.load().documents
        assert (tmp_path / "versions" / document.content_hash).read_bytes() == document.text.encode()


def test_a_version_that_could_not_be_kept_is_kept_at_the_next_change(
    folder: Path, write: Write, embedder: Embedder, tmp_path: Path
) -> None:
    versions = FileVersions(tmp_path / "versions")
    shutil.rmtree(tmp_path / "versions")
    write("a.md", "Text.", title="A")
    live = LiveCorpus(folder, embedder, versions)
    (document,) = live.load().documents
    (tmp_path / "versions").mkdir()
    write("b.md", "Text.", title="B")
    live.load()
    assert (tmp_path / "versions" / document.content_hash).exists()


def test_only_what_changed_is_read_and_embedded_again(folder: Path, write: Write, embedder: Embedder) -> None:
    write("a.md", "One.", title="A")
    write("b.md", "Two.", title="B")
    live = LiveCorpus(folder, embedder)
    before = live.load()
    assert live.load() is before
    write("b.md", "Three.", title="B")
    after = live.load()
    assert after.documents[0] is before.documents[0]
    assert after.documents[1] is not before.documents[1]


def test_a_missing_folder_is_a_clear_error(tmp_path: Path, embedder: Embedder) -> None:
    live = LiveCorpus(tmp_path / "nowhere", embedder)
    with pytest.raises(CorpusError, match=r"nowhere: the corpus folder does not exist; pass the folder"):
        live.load()
    assert "does not exist" in live.problems[0].message


async def test_a_folder_that_goes_away_keeps_the_corpus_until_it_comes_back(
    folder: Path, write: Write, embedder: Embedder, tmp_path: Path
) -> None:
    write("a.md", "Old.", title="A")
    async with running(LiveCorpus(folder, embedder)) as live:
        folder.rename(tmp_path / "away")
        await within(5, lambda: bool(live.problems))
        assert texts(live.current) == ["Old."]
        write("a.md", "New.", title="A")
        await within(5, lambda: texts(live.current) == ["New."] and not live.problems)
        write("a.md", "Newer.", title="A")
        await within(2, lambda: texts(live.current) == ["Newer."])


async def test_a_link_that_is_turned_to_the_next_release_is_followed(
    tmp_path: Path, folder: Path, write: Write, embedder: Embedder
) -> None:
    write("one/a.md", "One.", title="A")
    write("two/a.md", "Two.", title="A")
    current = tmp_path / "current"
    current.symlink_to(folder / "one")
    async with running(LiveCorpus(current, embedder)) as live:
        (tmp_path / "next").symlink_to(folder / "two")
        (tmp_path / "next").replace(current)
        await within(3, lambda: texts(live.current) == ["Two."])


async def test_a_git_branch_that_moves_is_live(folder: Path, write: Write, embedder: Embedder) -> None:
    def commit() -> None:
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        for arguments in (["add", "."], [*who, "commit", "--quiet", "-m", "x"]):
            subprocess.run(["git", "-C", str(folder), *arguments], check=True)

    subprocess.run(["git", "init", "--quiet", "--initial-branch=main", str(folder)], check=True)
    write("a.md", "One.", title="A")
    commit()
    async with running(LiveCorpus(f"{folder}@main", embedder)) as live:
        write("a.md", "Two.", title="A")
        await asyncio.sleep(1.2)
        assert texts(live.current) == ["One."]
        commit()
        await within(3, lambda: texts(live.current) == ["Two."])


async def test_the_event_loop_is_free_while_the_corpus_is_read(
    folder: Path, write: Write, embedder: Embedder, scope_on: Callable[..., Scope]
) -> None:
    write("a.md", "One.", title="A")
    async with running(LiveCorpus(folder, embedder)) as live:
        write("b.md", "\n\n".join(f"Rule {number} costs {number} euros." for number in range(300)), title="B")
        longest = 0.0
        last = time.monotonic()
        while len(live.current.passages) < 301:
            await asyncio.sleep(0.005)
            now = time.monotonic()
            longest, last = max(longest, now - last), now
            assert live.current.retrieve("One", scope_on("2026-01-01"))
        assert longest < 0.3
