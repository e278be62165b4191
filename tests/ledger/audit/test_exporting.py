"""An export is checked without this program: by the recipe in docs/audit.md, run as it is written there."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.audit_rows import a_bit_of_everything, everything_sealed

from proxy.ledger.audit.heads import public_pem, public_text, signing_key
from proxy.ledger.ledger import Ledger, LedgerError

PAGE = (Path(__file__).parents[3] / "docs" / "audit.md").read_text(encoding="utf-8")
SECTION = PAGE.split("## Checking an export without our software", 1)[1]
RECIPE = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)[0]
SHELL = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)[1]
FILES = ("chain.jsonl", "rows.jsonl", "head.json")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with an export, with a removed row in it, and the public key."""
    folder = tmp_path_factory.mktemp("export")
    key = signing_key(folder / "key.pem")
    (folder / "public.pem").write_text(public_pem(key))
    with Ledger.open(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        everything_sealed(ledger)
        ledger.customers.erase("default", "c-4711")
        a_bit_of_everything(ledger, 3)
        ledger.audit.seal()
        ledger.audit.export(folder / "export", key)
    return folder / "export", public_text(key)


@pytest.fixture(scope="module")
def recipe() -> Callable[..., int]:
    """The recipe's ``main``."""
    program: dict[str, Any] = {"__name__": "check_export"}
    exec(compile(RECIPE, "check_export.py", "exec"), program)
    main: Callable[..., int] = program["main"]
    return main


def test_the_recipe_runs_as_it_is_written(export: tuple[Path, str], tmp_path: Path) -> None:
    folder, key = export
    (tmp_path / "check_export.py").write_text(RECIPE, encoding="utf-8")
    command = [sys.executable, "-I", "check_export.py", str(folder), key]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.fullmatch(r"\d+ entries: all as they were sealed\n", ran.stdout)


def test_the_commands_of_the_shell_say_the_same(export: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = export
    if not (shutil.which("openssl") and shutil.which("xxd")):
        pytest.skip("openssl and xxd are not there")
    shutil.copytree(folder, tmp_path / "DIR")
    shutil.copy(folder.parent / "public.pem", tmp_path / "key.pem")
    steps = "\n".join(line for line in SHELL.splitlines() if not line.startswith("cxai"))
    ran = subprocess.run(["sh", "-ec", steps], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "Signature Verified Successfully" in ran.stdout
    assert ran.stdout.split()[0] in (folder / "chain.jsonl").read_text()


def mutations(draw: st.DrawFn, content: bytes) -> bytes:
    """The content with one thing done to it."""
    lines = content.split(b"\n")[:-1]
    number = draw(st.integers(0, len(lines) - 1))
    match draw(st.sampled_from(["byte", "without byte", "without line", "twice", "swap", "cut"])):
        case "byte":
            place = draw(st.integers(0, len(content) - 1))
            other = draw(st.integers(0, 255).filter(lambda value: value != content[place]))
            return content[:place] + bytes([other]) + content[place + 1 :]
        case "without byte":
            place = draw(st.integers(0, len(content) - 1))
            return content[:place] + content[place + 1 :]
        case "without line":
            lines.pop(number)
        case "twice":
            lines.insert(number, lines[number])
        case "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[number], lines[other] = lines[other], lines[number]
        case "cut":
            lines = lines[:number]
    return b"".join(line + b"\n" for line in lines)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_change_of_an_exported_file_is_found(
    data: st.DataObject, export: tuple[Path, str], recipe: Callable[..., int], tmp_path: Path
) -> None:
    folder, key = export
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed, dirs_exist_ok=True)
    file = changed / data.draw(st.sampled_from(FILES))
    was = file.read_bytes()
    becomes = data.draw(st.composite(mutations)(was))
    file.write_bytes(becomes)
    assert recipe(str(changed), key) == (0 if becomes == was else 1)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_gone_is_found(
    name: str, export: tuple[Path, str], recipe: Callable[..., int], tmp_path: Path
) -> None:
    folder, key = export
    shutil.copytree(folder, tmp_path / "less")
    (tmp_path / "less" / name).unlink()
    assert recipe(str(tmp_path / "less"), key) == 1


def test_another_key_is_not_believed(
    export: tuple[Path, str], recipe: Callable[..., int], tmp_path: Path
) -> None:
    assert recipe(str(export[0]), public_text(signing_key(tmp_path / "other.pem"))) == 1


def test_an_export_without_rows_tells_of_nobody(
    ledger: Ledger, recipe: Callable[..., int], tmp_path: Path
) -> None:
    a_bit_of_everything(ledger, 1)
    ledger.audit.seal()
    key = signing_key(tmp_path / "key.pem")
    folder = tmp_path / "export"
    ledger.audit.export(folder, key, rows=False)
    assert sorted(file.name for file in folder.iterdir()) == ["chain.jsonl", "head.json"]
    assert all(b"c-4711" not in file.read_bytes() for file in folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert recipe(str(folder), public_text(key), "chain") == 0
    assert recipe(str(folder), public_text(key)) == 1


def test_an_export_overwrites_nothing(ledger: Ledger, tmp_path: Path) -> None:
    key = signing_key(tmp_path / "key.pem")
    with pytest.raises(LedgerError, match="nothing was sealed yet"):
        ledger.audit.export(tmp_path / "export", key)
    a_bit_of_everything(ledger, 1)
    ledger.audit.seal()
    with pytest.raises(LedgerError, match="is not empty"):
        ledger.audit.export(tmp_path, key)
