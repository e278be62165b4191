"""Who asks for a lesson, of which failure, and what their form says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from litestar.datastructures import FormMultiDict

from proxy.access.people.roles import Person
from proxy.console.failures.opened import Opened
from proxy.console.frame import Asking
from proxy.wire.services import Services


@dataclass(frozen=True, slots=True)
class Asked:
    """What a lesson is made of."""

    request: Asking
    person: Person
    services: Services
    opened: Opened
    form: FormMultiDict
    now: datetime

    @property
    def failure_id(self) -> str:
        return self.opened.file.id
