"""The step a long command is at."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Shows the step, on a terminal only."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    console = Console(stderr=True)
    with console.status("connecting") as status:
        yield lambda step: status.update(f"{step} …")
