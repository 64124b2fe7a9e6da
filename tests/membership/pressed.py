"""`segue run` in a process of its own that says each step, so that Ctrl-C can be pressed in it."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from segue.runtime.cli import main, run


@contextmanager
def said() -> Iterator[Callable[[str], None]]:
    yield lambda step: print(step, flush=True)


if __name__ == "__main__":
    # What starts the tests may have told its children to ignore it, as a shell does with `&`.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run.progress = said
    main(["run", *sys.argv[1:]])
