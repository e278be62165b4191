"""Structured logs on stderr: a line per event, with trace ids, secrets masked; ours and libraries' alike."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"

# They log each request or query at INFO; what the proxy says about a request itself is the line that counts.
_CHATTY = ("httpx", "httpcore", "sqlalchemy", "watchfiles", "alembic", "markdown_it")
_ROUTED = ("uvicorn", "uvicorn.error", "uvicorn.access", "litestar", *_CHATTY)

_SECRET_KEYS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "x-api-key", "apikey"}
)
_SECRET_ENDINGS = ("password", "passwd", "secret", "api_key", "access_key", "_token", "-token")
_SECRET_VALUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?i)\b(?:bearer|basic)\s+[a-z0-9._~+/=-]{8,}",
        r"\bsk-[A-Za-z0-9_-]{6,}",
        # Long and with a digit, so that the names of our own metrics and settings stay readable.
        r"\bcxai_(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}",
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*",
        r"(?<=://)[^/\s@\"']+(?=@)",
        r"(?i)(?<=api-key: )\S+|(?<=api_key=)[^\s&'\"]+|(?<=password=)[^\s&'\"]+",
    )
)


def configure_logging(level: str = "INFO", json: bool = True) -> None:
    """Send every log, structlog's and the standard library's, to stderr as JSON lines (or for a terminal).

    ``level`` is a standard name (``DEBUG``, ``INFO``, ...); an unknown one raises ValueError. Start uvicorn
    with ``log_config=None`` and Litestar with ``logging_config=None``: theirs would undo this. Ids bound with
    ``structlog.contextvars`` are on every line, libraries' too.
    """
    number = _level_number(level)
    shared = _shared_processors()
    handler = StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(json)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    _route_libraries(number)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class StderrHandler(logging.Handler):
    """Writes to whatever ``sys.stderr`` is at that moment, so that it may be redirected or replaced later."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: keys that name secrets lose their value, what looks like one is cut out."""
    return {key: MASK if is_secret_key(key) else masked(value) for key, value in event.items()}


def is_secret_key(key: object) -> bool:
    """Whether a setting, header or field of this name holds a secret (``max_tokens`` does not)."""
    name = str(key).lower()
    return name in _SECRET_KEYS or name.endswith(_SECRET_ENDINGS)


def masked(value: Any) -> Any:
    """The value with secrets replaced, in nested mappings and lists too."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {key: MASK if is_secret_key(key) else masked(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [masked(inner) for inner in value]
    return _masked_text(value if isinstance(value, str) else str(value))


def _masked_text(text: str) -> str:
    for pattern in _SECRET_VALUES:
        text = pattern.sub(MASK, text)
    return text


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _rendering(json: bool) -> list[Processor]:
    """From an event to a line. Masking comes just before that, when tracebacks are text and searched too."""
    line: Processor = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if json:
        line = structlog.processors.JSONRenderer(ensure_ascii=False)
    return [structlog.processors.format_exc_info, mask_secrets, line]


def _route_libraries(number: int) -> None:
    """Take away the libraries' own handlers, so that each line is written once, by ours."""
    for name in _ROUTED:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
        logger.disabled = False
        logger.setLevel(
            max(number, logging.WARNING) if name in _CHATTY and number > logging.DEBUG else number
        )
    # Warnings of the standard library are logs too.
    logging.captureWarnings(True)


def _level_number(level: str) -> int:
    known = logging.getLevelNamesMapping()
    try:
        return known[level.strip().upper()]
    except KeyError:
        choices = ", ".join(sorted(known, key=known.__getitem__))
        raise ValueError(f"log level {level!r} is not known; use one of {choices}") from None
