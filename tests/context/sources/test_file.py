"""A table in a file: read again when it has changed, and as old as the file."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from context.sources.conftest import NOW
from support.declared import declared, source_named
from support.loop_time import longest_pause_s

from proxy.context.sources import file as file_source
from proxy.context.sources.file import FileSource
from proxy.context.sources.registry import open_source
from proxy.context.sources.source import Asked, Found, SourceError, Surroundings

WRITTEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
CSV = "\ufeffcustomer,vip,since,note\nc-1,yes,2026-02-01,private\nc-2,no,,\n"
OBJECTS = [
    {"customer": "c-1", "flags": {"vip": True}, "note": "private"},
    {"customer": 7, "flags": {}},
    "odd",
    {},
]


def source(path: str, value: str = "vip") -> str:
    return f"""\
sources: [{{name: x, kind: file, path: {path}, key: customer}}]
facts:
  - {{name: vip, type: bool, max_age: 1d, from: {{x: "{value}"}}}}
  - {{name: since, type: time, max_age: 1d, from: {{x: {{true_at: since}}}}}}
"""


def written(place: Path, text: str, at: datetime = WRITTEN) -> Path:
    place.write_text(text, encoding="utf-8")
    os.utime(place, (at.timestamp(), at.timestamp()))
    return place


def problem(ask: Any, text: str, folder: Path) -> str:
    with pytest.raises(SourceError) as raised:
        ask(text, folder=folder)
    return str(raised.value)


def test_a_customers_line_is_as_old_as_the_file_where_no_column_says_more(tmp_path: Path, ask: Any):
    written(tmp_path / "vip.csv", CSV)
    assert ask(source("vip.csv"), folder=tmp_path) == {
        "vip": Found("yes", WRITTEN),
        "since": Found("2026-02-01", "2026-02-01"),
    }
    assert ask(source("vip.csv"), "c-2", folder=tmp_path)["since"] == Found("", WRITTEN)
    assert ask(source("vip.csv"), "c-3", folder=tmp_path) == {
        "vip": Found(None, WRITTEN),
        "since": Found(None, WRITTEN),
    }


def test_objects_of_a_json_list_are_read_by_their_paths(tmp_path: Path, ask: Any):
    written(tmp_path / "vip.json", "\ufeff" + json.dumps(OBJECTS))
    assert ask(source("vip.json", "flags.vip"), folder=tmp_path)["vip"] == Found(True, WRITTEN)
    assert ask(source("vip.json", "flags.vip"), "7", folder=tmp_path)["vip"] == Found(None, WRITTEN)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vip.csv", "customer,vip,since\nc-1,yes,2026-02-01\nc-2,no,\nc-1,no,2026-02-01\n"),
        (
            "vip.json",
            '[{"customer": 1, "vip": true, "since": 5}, {"customer": "1", "vip": false, "since": 5}]',
        ),
    ],
)
def test_of_two_rows_that_differ_neither_is_believed(tmp_path: Path, ask: Any, name: str, text: str):
    written(tmp_path / name, text)
    found = ask(source(name), "c-1" if name == "vip.csv" else "1", folder=tmp_path)
    assert found["vip"] == Found(problem="differs: the customer stands in several rows")
    assert found["since"].value is not None and found["since"].problem is None


@asynccontextmanager
async def opened(folder: Path, place: str = "vip.csv") -> AsyncIterator[FileSource]:
    context = declared(source(place))
    surroundings = Surroundings(folder=folder)
    made = open_source(source_named("x", context), context.facts_from("x"), surroundings)
    assert isinstance(made, FileSource)
    try:
        yield made
    finally:
        await made.close()


async def vip(of: FileSource, customer: str = "c-1") -> Found:
    return (await of.read(Asked(customer, NOW)))["vip"]


async def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    written(tmp_path / "vip.csv", CSV)
    async with opened(tmp_path) as table:
        assert (await vip(table)).value == "yes"
        written(tmp_path / "vip.csv", CSV.replace("yes", "no"), NOW)
        while (told := await vip(table)).true_at == WRITTEN:
            assert told.value == "yes"
        assert told == Found("no", NOW)


async def test_while_a_changed_file_is_read_the_table_before_answers_and_is_as_old_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "vip.csv", CSV)
    may_read, read = threading.Event(), file_source.read_table

    def held(*arguments: Any) -> Any:
        may_read.wait(60)
        return read(*arguments)

    async with opened(tmp_path) as table:
        await vip(table)
        monkeypatch.setattr(file_source, "read_table", held)
        written(tmp_path / "vip.csv", CSV.replace("yes", "no"), NOW)
        told = [await vip(table) for _ in range(3)]
        may_read.set()
        assert told == [Found("yes", WRITTEN)] * 3
        while await vip(table) == told[0]:
            pass
        assert await vip(table) == Found("no", NOW)


async def test_a_file_that_broke_is_not_answered_from_its_last_good_table(tmp_path: Path) -> None:
    written(tmp_path / "vip.csv", CSV)
    async with opened(tmp_path) as table:
        await vip(table)
        written(tmp_path / "vip.csv", "customer\nc-1\n", NOW)
        with pytest.raises(SourceError, match='has no column "vip"'):
            while True:
                await vip(table)
        (tmp_path / "vip.csv").unlink()
        with pytest.raises(SourceError, match="No such file"):
            await vip(table)


@pytest.mark.alone
@pytest.mark.parametrize(("name", "customers"), [("vip.csv", 200_000), ("vip.json", 50_000)])
async def test_a_large_file_holds_up_no_other_answer(tmp_path: Path, name: str, customers: int) -> None:
    """Read, and read again when it has changed. As one dictionary each, 200,000 paused all for a third of a second."""
    rows = [(f"c-{number}", "yes", "2026-02-01") for number in range(customers)]
    lines = "customer,vip,since\n" + "".join(f"{','.join(row)}\n" for row in rows)
    objects = [{"customer": id, "vip": True, "since": since} for id, _, since in rows]
    text = lines if name == "vip.csv" else json.dumps(objects)
    del rows, objects
    async with opened(tmp_path, name) as table:

        async def read_until(at: datetime) -> None:
            written(tmp_path / name, text, at)
            while (await vip(table, f"c-{customers - 1}")).true_at != at:
                await asyncio.sleep(0.001)

        gc.collect()
        gc.freeze()  # as a proxy that has started does; a collection of all that these tests have made takes longer
        try:
            pauses = [await longest_pause_s(read_until(at)) for at in (WRITTEN, NOW)]
        finally:
            gc.unfreeze()
    assert max(pauses) < 0.1, pauses


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("vip.csv", "customer,vpi,since\n", 'has no column "vip"; did you mean "vpi"?'),
        ("vip.csv", "custommer,vip,since\n", 'has no column "customer"; did you mean "custommer"?'),
        ("vip.json", "[", "cannot be read: it is no JSON"),
        ("vip.json", '[{"customer": NaN}]', "cannot be read: it is no JSON"),
        ("vip.json", "{}", "cannot be read: it is no list of objects"),
        ("other.csv", "", "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_not_as_declared_says_what_is_wrong(
    tmp_path: Path, ask: Any, name: str, text: str, said: str
):
    written(tmp_path / name, text)
    place = "vip.csv" if name == "other.csv" else name
    assert problem(ask, source(place), tmp_path) == said


def test_a_file_in_another_encoding_is_no_csv(tmp_path: Path, ask: Any):
    (tmp_path / "vip.csv").write_bytes(CSV.encode("utf-16"))
    assert problem(ask, source("vip.csv"), tmp_path) == "cannot be read: it is no CSV in UTF-8"
