"""What a page of the console is to the frame: a name in the navigation, its address, who may see it, its handlers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from proxy.access.people.roles import Person, Role
from proxy.wire.doorkeeper import CONSOLE

__all__ = ["CONSOLE", "REVIEW", "Section"]

REVIEW = f"{CONSOLE}/review"  # where cases lead, too: now and then an answer is reviewed before the next one


@dataclass(frozen=True, slots=True)
class Section:
    """``path`` lies below ``/console`` and is where the navigation leads. ``handlers`` have whole paths of their own.

    ``roles`` says who sees it in the navigation; what a handler allows it says itself with ``requires``. A section
    without a place in the navigation has no ``title``.
    """

    title: str
    path: str
    handlers: tuple[Any, ...]
    roles: tuple[Role, ...] = (Role.VIEWER,)

    def shows_for(self, person: Person) -> bool:
        return bool(self.title) and person.may(*self.roles)
