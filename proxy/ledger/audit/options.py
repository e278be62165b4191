"""The settings of the audit log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from proxy.ledger.audit.heads import HEADS_FILE, KEY_FILE
from proxy.ledger.database import ledger_url, sqlite_file

DEFAULT_FOLDER = Path("data/audit")  # where the ledger is no file


class AuditOptions(BaseModel):
    """``folder`` holds the signing key and the exported heads; None is the folder ``audit`` beside an SQLite ledger."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    seal_every_s: Annotated[float, Field(ge=0.1, le=600)] = 5.0
    heads_every_minutes: Annotated[float, Field(gt=0, le=10_080)] = 60.0

    def __str__(self) -> str:
        chosen = ", ".join(f"{name}: {getattr(self, name)}" for name in sorted(self.model_fields_set))
        return chosen or "as shipped"

    def files(self, database_url: str) -> AuditFiles:
        """Where key and heads are for this ledger."""
        ledger = sqlite_file(ledger_url(database_url))
        folder = self.folder or (ledger.parent / "audit" if ledger else DEFAULT_FOLDER)
        return AuditFiles(folder)


class AuditFiles:
    """The folder's files."""

    def __init__(self, folder: Path) -> None:
        self.key = folder / KEY_FILE
        self.heads = folder / HEADS_FILE
