"""One JSON line per event on stderr, whoever logs it, with trace ids and without secrets."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest
import structlog
from telemetry.log_lines import LogLines

from proxy.telemetry.logs import configure_logging


def test_our_events_and_libraries_lines_have_one_shape(log_lines: LogLines) -> None:
    structlog.get_logger("proxy.guard").info("answer decided", decision="rewrite")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request from %s", "10.0.0.1")
    ours, theirs = log_lines()
    assert ours["event"] == "answer decided"
    assert ours["decision"] == "rewrite"
    assert theirs["event"] == "Invalid HTTP request from 10.0.0.1"
    for line, level, name in ((ours, "info", "proxy.guard"), (theirs, "warning", "uvicorn.error")):
        assert line["level"] == level
        assert line["logger"] == name
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() is not None


def test_trace_ids_are_on_every_line_of_a_request(log_lines: LogLines) -> None:
    with structlog.contextvars.bound_contextvars(trace_id="a" * 32, span_id="b" * 16):
        structlog.get_logger().info("ours")
        logging.getLogger("litestar").info("theirs")
    structlog.get_logger().info("after")
    ours, theirs, after = log_lines()
    for line in (ours, theirs):
        assert (line["trace_id"], line["span_id"]) == ("a" * 32, "b" * 16)
    assert "trace_id" not in after


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("calling with Bearer SECRET-abc.def", {}),
        ("key sk-proj-SECRETabc123", {}),
        ("key cxai_live_SECRET7f8a9b0c1d2e3f4a5b", {}),
        ("x", {"authorization": "SECRET"}),
        ("x", {"Api-Key": "SECRET"}),
        ("x", {"database_password": "SECRET"}),
        ("x", {"headers": {"Authorization": "SECRET", "accept": "ok"}}),
        ("x", {"headers": [("x", "sk-SECRET12345")]}),
        ("x", {"url": "postgresql+psycopg://cxai:SECRET@db/cxai"}),
        ("POST http://SECRET@gateway/v1/chat/completions", {}),
        ("x", {"token": {"id_token": "SECRET"}}),
        ("x", {"jwt": "eyJSECRETabcdef.eyJzdWIiOiJhIn0.SECRET"}),
        ("GET /v1/models?api_key=SECRET HTTP/1.1", {}),
    ],
)
def test_secrets_never_reach_the_log(log_lines: LogLines, event: str, fields: dict[str, object]) -> None:
    structlog.get_logger().warning(event, **fields)
    logging.getLogger("httpx").warning(event, extra=fields)
    assert "SECRET" not in log_lines.text
    assert log_lines.text.count("***") >= 2


def test_a_secret_inside_a_traceback_is_masked(log_lines: LogLines) -> None:
    try:
        raise RuntimeError("upstream said: invalid key sk-SECRET123456")
    except RuntimeError:
        structlog.get_logger().exception("upstream failed")
        logging.getLogger("uvicorn.error").exception("again")
    assert "SECRET" not in log_lines.text
    assert all("RuntimeError" in line["exception"] for line in log_lines())


def test_what_only_looks_like_a_secrets_name_stays_readable(log_lines: LogLines) -> None:
    structlog.get_logger().info(
        "cxai_claim_confidence_bucket",
        max_tokens=300,
        total_tokens=12,
        model="gpt-4o",
        url="http://jaeger:4318",
    )
    (line,) = log_lines()
    assert line["event"] == "cxai_claim_confidence_bucket"
    assert (line["max_tokens"], line["total_tokens"]) == (300, 12)
    assert line["url"] == "http://jaeger:4318"


def test_a_line_is_written_once_even_where_a_library_had_its_own_handler(log_lines: LogLines) -> None:
    for name in ("uvicorn.access", "uvicorn.error", "litestar"):
        logging.getLogger(name).addHandler(logging.StreamHandler())
    configure_logging("INFO", json=True)
    logging.getLogger("uvicorn.access").info('"GET /healthz HTTP/1.1" 200')
    logging.getLogger("uvicorn.error").info("started")
    assert [line["event"] for line in log_lines()] == ['"GET /healthz HTTP/1.1" 200', "started"]


def test_the_http_client_does_not_log_each_call(log_lines: LogLines) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://api.openai.com/v1/chat/completions")
    logging.getLogger("sqlalchemy.engine").info("INSERT INTO answers ...")
    assert log_lines() == []


def test_the_level_is_obeyed(log_lines: LogLines) -> None:
    configure_logging("warning", json=True)
    structlog.get_logger().info("quiet")
    logging.getLogger("uvicorn.error").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in log_lines()] == ["loud"]


def test_an_unknown_level_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'LOUD' is not known; use one of .*DEBUG.*INFO"):
        configure_logging("LOUD", json=True)


def test_text_on_a_terminal_is_readable_and_masked_too(log_lines: LogLines) -> None:
    configure_logging("INFO", json=False)
    structlog.get_logger().info("hello", key="sk-SECRET123456")
    assert "hello" in log_lines.text
    assert "SECRET" not in log_lines.text


def test_values_that_json_does_not_know_are_written_and_masked(log_lines: LogLines) -> None:
    structlog.get_logger().info("x", error=ValueError("sk-SECRET123456"), when=datetime(2026, 1, 2))
    (line,) = log_lines()
    assert "SECRET" not in log_lines.text
    assert line["when"].startswith("2026-01-02")
