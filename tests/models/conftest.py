"""Here the models themselves are tried: nothing that they have said of a text is remembered for the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.once import really_judged


@pytest.fixture(scope="module", autouse=True)
def models_as_shipped() -> Iterator[None]:
    with really_judged():
        yield
