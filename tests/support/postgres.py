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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from proxy.ledger.ledger import Ledger
from proxy.ledger.migrations import VERSION_TABLE

SERVER_URL = "CXAI_TEST_POSTGRES_URL"
START_S = 30
NO_POSTGRES = (
    "the storage tests need PostgreSQL: run scripts/test-postgres (or: apt-get install postgresql), "
    f"or set {SERVER_URL} to a server where this run may make schemas and databases"
)
OTHERS_END = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid != pg_backend_pid()
"""
TABLES = f"""
SELECT relname FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname != '{VERSION_TABLE}'
"""
COUNT_ANEW = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"
# All that a database is but the rows of its tables, a line each.
MADE_OF = f"""
SELECT concat_ws(' ', 'relation', nspname, relname, relkind, relowner, relacl)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname !~ '^pg_' AND nspname != 'information_schema'
UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, atttypid, attnotnull)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgname, tgenabled)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT concat_ws(' ', 'function', proname, prosrc)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT concat_ws(' ', 'settings', setconfig)
FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = current_database()
UNION ALL SELECT concat_ws(' ', 'version', version_num) FROM {VERSION_TABLE}
"""


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
def empty_databases(postgres_server: str) -> Iterator[EmptyDatabases]:
    """Databases with all tables and nothing in them."""
    with ExitStack() as stack:
        yield EmptyDatabases(postgres_server, stack)


class EmptyDatabases:
    """Databases with a ledger's tables and nothing in them.

    One that a test has filled is emptied for the next, unless more has changed than rows: to make and drop one for
    each of hundreds of tests would take ten times as long.
    """

    def __init__(self, server_url: str, stack: ExitStack) -> None:
        self._server_url, self._stack = server_url, stack
        self._template = stack.enter_context(database(server_url))
        Ledger.open(self._template).close()
        with _connected(self._template) as connection:
            self._as_made = _made_of(connection)
            names = [name for (name,) in connection.execute(TABLES.encode())]
        self._filled = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in names
        )
        self._free: list[str] = []

    @contextmanager
    def one(self) -> Iterator[str]:
        """Its URL; nobody else has it meanwhile."""
        url = self._free.pop() if self._free else self._new()
        yield url
        if self._emptied(url):
            self._free.append(url)

    def _new(self) -> str:
        template = make_url(self._template).database
        return self._stack.enter_context(database(self._server_url, template=template))

    def _emptied(self, url: str) -> bool:
        """Ends who is still connected, and removes all rows; False where something else is not as it was made."""
        with _connected(url) as connection:
            connection.execute(OTHERS_END)
            if _made_of(connection) != self._as_made:
                return False
            if filled := [name for (name,) in connection.execute(self._filled.encode())]:
                connection.execute(f"TRUNCATE {', '.join(filled)} CASCADE".encode())
            connection.execute(COUNT_ANEW)
        return True


def _made_of(connection: psycopg.Connection[Any]) -> set[str]:
    return {line for (line,) in connection.execute(MADE_OF.encode())}


@contextmanager
def database(server_url: str, template: str | None = None) -> Iterator[str]:
    """The URL of a database of its own, dropped afterwards."""
    name, url = f"cxai_test_{uuid4().hex[:12]}", make_url(server_url)
    with _connected(url.set(database="postgres").render_as_string(hide_password=False)) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template1'}".encode())
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with _connected(url.set(database="postgres").render_as_string(hide_password=False)) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _connected(url: str) -> psycopg.Connection[Any]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


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
