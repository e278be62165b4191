"""The shipped models, once for all tests of the room, and the command line."""

from __future__ import annotations

import pytest
from support.command_line import cxai

from proxy.models.embedder import Embedder
from proxy.models.entailment import EntailmentModel

__all__ = ["cxai"]  # a fixture that lives beside what it runs


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="session")
def entailment() -> EntailmentModel:
    return EntailmentModel.load()
