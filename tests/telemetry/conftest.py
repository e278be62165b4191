"""A real OTLP receiver, an environment without OTEL variables, and the log as it is written."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
import structlog
from telemetry.log_lines import LogLines
from telemetry.otlp_receiver import OtlpReceiver

from proxy.telemetry.logs import configure_logging


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpReceiver]:
    receiver = OtlpReceiver()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    yield receiver
    receiver.close()


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str], logging_as_it_was: None) -> Iterator[LogLines]:
    configure_logging("INFO", json=True)
    yield LogLines(capsys)
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(False)
