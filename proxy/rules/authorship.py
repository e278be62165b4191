"""Who has written what is in force: as git says, as an injected rule says, or as the file system says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from proxy.rules.rules import Rules

INJECTED = "injected.yaml"
UNKNOWN = "unknown"
GIT_S = 5.0
# Neither a pager, a password prompt nor a program that the repository's own configuration names.
_GIT = (
    "git",
    "--no-pager",
    "--literal-pathspecs",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "log.showSignature=false",
)


def author_of(folder: Path | None, files: Sequence[str], touched: Sequence[str], rules: Rules) -> str:
    """Who changed these files; ``touched`` are the parts that were added or changed, such as ``rule no-gifts``.

    Of injected rules the owners; else the author of the last commit, where the files are as they were committed; else
    the system's owner of the newest file; else ``unknown``. Where no file has changed it is the release.
    """
    if not files or folder is None:
        return f"cxai-proxy {version('cxai-proxy')}"
    names = [Path(file).name for file in files]
    return (
        (_owners(touched, rules) if names == [INJECTED] else None)
        or _committer(folder, names)
        or _system_owner(folder, names)
        or UNKNOWN
    )


def _owners(touched: Sequence[str], rules: Rules) -> str | None:
    owners = [one.owner for one in rules.every if f"rule {one.name}" in touched and one.owner]
    return ", ".join(dict.fromkeys(owners)) or None


def _committer(folder: Path, names: Sequence[str]) -> str | None:
    """None where it is no git work tree, or the files differ from what was committed."""
    if _git(folder, "status", "--porcelain", "--ignored", "--", *names) != "":
        return None
    return _git(folder, "log", "-1", "--format=%an <%ae>", "--", *names) or None


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails, or is not there."""
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            [*_GIT, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=GIT_S, env=quiet
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _system_owner(folder: Path, names: Sequence[str]) -> str | None:
    there = [folder / name for name in names if (folder / name).is_file()]
    try:
        return max(there, key=lambda path: path.stat().st_mtime).owner() if there else None
    except (OSError, KeyError):
        return None
