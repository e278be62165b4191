"""What a start loads: it grows by a library or a page at a time, and nobody notices."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import SHIPPED_CORPUS

START = """
import json, sys
from pathlib import Path
from pydantic import BaseModel
from proxy.commands.server import application, server_options
from proxy.settings import Settings

def models(of):
    for model in of.__subclasses__():
        yield model
        yield from models(model)

settings = Settings(corpus=Path(sys.argv[1]), database_url=f"sqlite:///{sys.argv[2]}/ledger.db")
application(settings), server_options(settings)
reading = [model.__qualname__ for model in models(BaseModel) if model.model_config.get("use_attribute_docstrings")]
print(json.dumps({"modules": list(sys.modules), "reading their source": reading}))
"""
# Each is loaded by what needs it: a migration, a page, a provider of identities, a report, a command.
LATER = {
    "alembic",
    "authlib",
    "jinja2",
    "joserfc",
    "krippendorff",
    "lemminflect",
    "markitdown",
    "matplotlib",
    "num2words",
    "openai",
    "simpy",
    "sklearn",
    "torch",
    "transformers",
    "vl_convert",
}
# 2,213 on the day this was written, with what tests alone install (scipy among it).
MOST_MODULES = 2_260


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    started = [sys.executable, "-c", START, str(SHIPPED_CORPUS), str(tmp_path_factory.mktemp("start"))]
    root = Path(__file__).parents[1]
    ran = subprocess.run(started, capture_output=True, text=True, check=True, cwd=root)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_a_start_loads_no_library_that_only_some_need(loaded: dict[str, Any]) -> None:
    assert {name.partition(".")[0] for name in loaded["modules"]} & LATER == set()


def test_a_start_loads_no_more_modules_than_it_did(loaded: dict[str, Any]) -> None:
    assert len(loaded["modules"]) < MOST_MODULES


def test_no_class_of_options_looks_for_its_source_at_a_start(loaded: dict[str, Any]) -> None:
    assert loaded["reading their source"] == []


def test_a_search_starts_no_threads_of_its_own(tmp_path: Path) -> None:
    serving = (
        "import sys, proxy.commands.serve as command; from proxy.cli import main\n"
        "command.run = lambda settings: print(open('/proc/self/status').read(), 'numpy' in sys.modules)\n"
        "sys.argv = ['cxai', 'serve']; main()"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    (tmp_path / "policy_corpus").mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", serving],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert "Threads:\t1\n" in ran.stdout and ran.stdout.endswith("True\n")
