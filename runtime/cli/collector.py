"""The collector of cycles, held still while a command reads rules.

Trees live until the command ends, so looking for garbage among them finds nothing, and takes a
third of the time of a check and half of that of `segue fmt`; and of a run, that in which it writes
SQL.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Stops the collector for as long as the context lasts, if it was running."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
