"""Metrics that count nothing: for what no customer gets."""

from __future__ import annotations

from typing import Any

from proxy.telemetry.metrics import Metrics


class Uncounted(Metrics):
    """Takes everything that ``Metrics`` takes. Another registry would write to the same files of several workers."""

    def __init__(self) -> None:
        """Nothing is registered."""

    def __getattribute__(self, name: str) -> Any:
        return _nothing


class _Nothing:
    def __call__(self, *_: Any, **__: Any) -> None: ...

    def __getattr__(self, name: str) -> Any:
        return self


_nothing = _Nothing()
