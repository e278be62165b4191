"""All doors of the desk, for the application."""

from __future__ import annotations

from proxy.wire.desk.doors import STEPS, listed, read
from proxy.wire.desk.status import status

ESCALATION_DOORS = (listed, read, *STEPS, status)
