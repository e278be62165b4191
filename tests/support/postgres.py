"""A real PostgreSQL server for the tests: one that is there, or one that is started here."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from proxy.ledger.ledger import Ledger

SERVER_URL = "CXAI_TEST_POSTGRES_URL"
START_S = 30
NO_POSTGRES = (
    "the storage tests need PostgreSQL: run scripts/test-postgres (or: apt-get install postgresql), "
    f"or set {SERVER_URL} to a server where this run may make schemas and databases"
)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: CXAI_TEST_POSTGRES_URL, else a temporary one, stopped at the end."""
    given = os.environ.get(SERVER_URL)
    if given:
        yield given
        return
    programs = _programs()
    if programs is None:
        pytest.fail(NO_POSTGRES, pytrace=False)
    with _temporary_server(programs) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL URL with a schema of its own, dropped afterwards.

    A test names it before what works with it (``start_proxy``): fixtures end in the reverse order.
    """
    with fresh_schema(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> Iterator[str]:
    """The URL of a database with all tables and nothing in them, to copy; making them takes four times as long."""
    with _database(postgres_server) as url:
        Ledger.open(url).close()
        yield url


@contextmanager
def with_tables(postgres_tables: str) -> Iterator[str]:
    """A PostgreSQL URL with a database of its own in which all tables are there, dropped afterwards."""
    with _database(postgres_tables, template=make_url(postgres_tables).database) as url:
        yield url


@contextmanager
def _database(server_url: str, template: str | None = None) -> Iterator[str]:
    name, url = f"cxai_test_{uuid4().hex[:12]}", make_url(server_url)
    plain = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'}".encode())
        try:
            yield url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def fresh_schema(server_url: str) -> Iterator[str]:
    schema = f"cxai_test_{uuid4().hex[:12]}"
    url = make_url(server_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        try:
            chosen = url.update_query_dict({"options": f"-csearch_path={schema}"})
            yield chosen.render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


def postgres_program(name: str) -> Path:
    """One of PostgreSQL's programs, ``pg_dump`` or ``pg_restore``, as new as the server where that is started here."""
    programs = _programs()
    if programs is not None and (programs / name).exists():
        return programs / name
    on_path = shutil.which(name)
    if on_path is None:
        pytest.fail(f"{name} is not there: apt-get install postgresql-client", pytrace=False)
    return Path(on_path)


def _programs() -> Path | None:
    """The folder with initdb and postgres: on the PATH, or where Debian puts the newest version."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).parent / "postgres").exists():
        return Path(on_path).parent
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    return versions[-1].parent if versions else None


def _as_user() -> dict[str, Any]:
    """How to start a program as another user where this one is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    other = known.get("postgres") or known["nobody"]
    return {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}


@contextmanager
def _temporary_server(programs: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="cxai-postgres-"))
    try:
        with _running(programs, folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[str]:
    server = Server(programs, folder)
    server.make()
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def own_server() -> Iterator[Server]:
    """A server for one test alone, which may stop and start it."""
    programs = _programs()
    if programs is None:
        pytest.fail(NO_POSTGRES, pytrace=False)
    folder = Path(tempfile.mkdtemp(prefix="cxai-postgres-"))
    server = Server(programs, folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Server:
    """PostgreSQL in a folder of its own, on a port that stays the same."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder, self._port = programs, folder, _free_port()
        self._as_user = _as_user()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://cxai@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Make its data."""
        if self._as_user:
            os.chown(self._folder, self._as_user["user"], self._as_user["group"])
        initdb = [
            self._programs / "initdb",
            "--no-sync",
            "--auth=trust",
            "--username=cxai",
            "--encoding=UTF8",
            "--locale=C",
        ]
        command = [*initdb, "-D", self._folder / "data"]
        made = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, **self._as_user)
        if made.returncode:
            pytest.fail(f"PostgreSQL's initdb failed: {made.stderr}", pytrace=False)

    def start(self) -> None:
        server = [self._programs / "postgres", "-D", self._folder / "data", "-p", str(self._port)]
        settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "max_connections=200",
        ]
        command = [*_dying_with_us(), *server, *(f"-c{setting}" for setting in settings)]
        with (self._folder / "log").open("ab") as log:
            # A session of its own: Ctrl-C ends the tests, and they end the server.
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdout=log, stderr=log, start_new_session=True, **self._as_user
            )
        try:
            _wait_until_ready(self._process, self._port, self._folder / "log")
        except BaseException:
            self.stop()
            raise

    def stop(self, by: int = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's "fast shutdown", which ends open sessions; SIGQUIT leaves all as a crash does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(by)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _dying_with_us() -> list[str]:
    """Ends the server even when the tests are killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up_at = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < give_up_at:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://cxai@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return
        time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start: {log.read_text()[-2000:]}", pytrace=False)
