"""Where the corpus is read from: a folder, or a git revision written ``path@rev``."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from proxy.corpus.problems import CorpusError, Problem, Severity
from proxy.corpus.reading import MAX_BYTES, READ_SUFFIXES

_UNREAD_SUFFIXES = frozenset({".doc", ".rtf", ".odt", ".xlsx", ".xls", ".pptx", ".ppt"})
_GIT_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's bytes; ``path`` is relative to the corpus folder, with forward slashes."""

    path: str
    content: bytes


class Source(Protocol):
    """A place with documents; ``name`` is what a person wrote to point at it."""

    @property
    def name(self) -> str: ...

    def read(self) -> Iterator[SourceFile | Problem]:
        """Every document's bytes, and a problem for each file that cannot be had, in the order of their paths.

        Raises:
            CorpusError: the place itself is not there.
        """
        ...

    def fingerprint(self) -> str:
        """Something that changes when a document may have changed; raises as :meth:`read` does."""
        ...

    def has(self, path: str) -> bool:
        """Whether there is a file or folder at the path, relative to the corpus folder: a document or anything."""
        ...


def open_source(spec: Path | str) -> Source:
    """The folder ``spec``, or for ``folder@revision`` what git has there (where no folder has that very name)."""
    name = str(spec)
    folder, at, revision = name.rpartition("@")
    if at and folder and revision and not Path(name).exists():
        return GitSource(Path(folder), revision)
    return FolderSource(Path(name))


def place_of(source: Source, path: str) -> str:
    """Where a file stands, also among other corpora that share the store of versions."""
    return f"{Path(source.name).absolute()}/{path}"


@dataclass(frozen=True)
class FolderSource:
    """All readable files below a folder. Hidden files and README files are no documents."""

    folder: Path

    @property
    def name(self) -> str:
        return str(self.folder)

    def read(self) -> Iterator[SourceFile | Problem]:
        root = self._root()
        for path in self._paths(root):
            relative = path.relative_to(root).as_posix()
            found = _unread(relative) or _outside(path, root, relative)
            if found:
                yield found
            elif path.suffix.lower() in READ_SUFFIXES:
                yield _read(path, relative)

    def fingerprint(self) -> str:
        root = self._root()
        seen = []
        for path in self._paths(root):
            try:
                status = path.stat()
            except OSError:
                continue
            seen.append(f"{path}:{status.st_mtime_ns}:{status.st_size}")
        return "\n".join(seen)

    def has(self, path: str) -> bool:
        return (self._root() / path).exists()

    def _root(self) -> Path:
        if not self.folder.is_dir():
            what = "is a file, not a folder" if self.folder.exists() else "does not exist"
            raise CorpusError(
                str(self.folder),
                None,
                f"the corpus folder {what}; pass the folder with the policies (--corpus DIR)",
            )
        return self.folder.resolve()

    def _paths(self, root: Path) -> Iterator[Path]:
        found = []
        for directory, folders, files in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            found += [Path(directory, name) for name in files if _is_candidate(name)]
        return iter(sorted(found))


@dataclass(frozen=True)
class GitSource:
    """The documents of a folder as a git revision (a branch, tag or commit) has them."""

    folder: Path
    revision: str

    @property
    def name(self) -> str:
        return f"{self.folder}@{self.revision}"

    def read(self) -> Iterator[SourceFile | Problem]:
        commit = self.fingerprint()
        listing = self._git("ls-tree", "-r", "-z", "--long", commit, "--", ".").split(b"\0")
        for entry in sorted(filter(None, listing), key=lambda line: line.split(b"\t", 1)[1]):
            facts, _, raw = entry.partition(b"\t")
            mode, _, blob, size = facts.split()
            path = raw.decode("utf-8", "surrogateescape")
            if any(part.startswith(".") for part in PurePosixPath(path).parts[:-1]):
                continue
            if mode == b"120000" or not _is_candidate(PurePosixPath(path).name):
                continue
            if found := _unread(path) or _too_large(path, int(size)):
                yield found
            elif PurePosixPath(path).suffix.lower() in READ_SUFFIXES:
                yield SourceFile(path, self._git("cat-file", "blob", blob.decode()))

    def fingerprint(self) -> str:
        if not self.folder.is_dir():
            raise CorpusError(self.name, None, f"the folder {self.folder} does not exist")
        return (
            self._git("rev-parse", "--verify", "--end-of-options", f"{self.revision}^{{commit}}")
            .decode()
            .strip()
        )

    def has(self, path: str) -> bool:
        try:
            self._git("cat-file", "-e", f"{self.fingerprint()}:./{path}")
        except CorpusError:
            return False
        return True

    def _git(self, *arguments: str) -> bytes:
        try:
            return subprocess.run(
                ["git", "-C", str(self.folder), *arguments],
                capture_output=True,
                check=True,
                timeout=_GIT_TIMEOUT_S,
            ).stdout
        except FileNotFoundError:
            raise CorpusError(
                self.name, None, "reading a git revision needs git, which is not installed"
            ) from None
        except subprocess.TimeoutExpired:
            raise CorpusError(self.name, None, f"git {arguments[0]} took over {_GIT_TIMEOUT_S} s") from None
        except subprocess.CalledProcessError as error:
            reason = error.stderr.decode("utf-8", "replace").strip()
            raise CorpusError(self.name, None, f"git cannot read this revision: {reason}") from error


def _is_candidate(name: str) -> bool:
    """README files describe a folder to its keepers, they are no policy."""
    return not name.startswith((".", "~$")) and PurePosixPath(name).stem.lower() != "readme"


def _unread(path: str) -> Problem | None:
    if PurePosixPath(path).suffix.lower() not in _UNREAD_SUFFIXES:
        return None
    return Problem(
        path, None, "this kind of file is not read; save it as Markdown, PDF, DOCX or HTML", Severity.WARNING
    )


def _too_large(path: str, size: int) -> Problem | None:
    if size <= MAX_BYTES:
        return None
    return Problem(
        path, None, f"the file has {size / 2**20:.0f} MB, at most {MAX_BYTES // 2**20} MB are read; split it"
    )


def _outside(path: Path, root: Path, relative: str) -> Problem | None:
    if not path.is_symlink() or path.resolve().is_relative_to(root):
        return None
    return Problem(
        relative, None, "a link to a file outside the corpus folder is not followed; copy the file here"
    )


def _read(path: Path, relative: str) -> SourceFile | Problem:
    try:
        if found := _too_large(relative, path.stat().st_size):
            return found
        return SourceFile(relative, path.read_bytes())
    except OSError as error:
        return Problem(relative, None, f"the file cannot be read: {error.strerror}")
