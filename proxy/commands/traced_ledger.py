"""The ledger for commands that tell of failures: each step is traced where ``OTEL_*`` variables name a collector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from proxy.commands.options import existing_writable_ledger

if TYPE_CHECKING:
    from proxy.ledger.ledger import Ledger
    from proxy.settings import Settings


@contextmanager
def traced_ledger(settings: Settings) -> Iterator[Ledger]:
    """The ledger to write to, which has to be there; what was traced is sent before this ends."""
    from proxy.telemetry.export import exporter_for, sdk_disabled

    with existing_writable_ledger(settings) as ledger:
        if sdk_disabled() or exporter_for("traces") == "none":
            yield ledger
            return
        from proxy.recovery.detecting.tracing import traced_by
        from proxy.telemetry.tracing import Telemetry

        telemetry = Telemetry.from_environment(content=settings.trace_content)
        ledger.tell_of_failures(traced_by(telemetry))
        try:
            yield ledger
        finally:
            telemetry.shutdown()
