"""What stays for long is kept from the garbage collector: looking through it would stop every thread each time.

Of a small corpus with its models that takes 100 ms, many times an hour; of 100,000 passages it takes seconds.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """What is there at the end of the block is not looked at any more; it goes with its last reference, as ever.

    One within another ends with the outer one.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if looked:
            gc.enable()
