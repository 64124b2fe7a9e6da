"""How long one statement may run, for engines that keep no such limit themselves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from segue.runtime.explain.values import show_duration
from segue.runtime.refusal import Refusal

SECOND = 1_000_000


class Deadline:
    """`passed` once the time was up and the statement was told to stop."""

    def __init__(self) -> None:
        self.passed = False


@contextmanager
def deadline(timeout: int | None, stop: Callable[[], object]) -> Iterator[Deadline]:
    """Calls `stop`, from another thread, when the body takes longer than so many microseconds."""
    found = Deadline()
    if timeout is None:
        yield found
        return

    def late() -> None:
        found.passed = True
        stop()

    timer = threading.Timer(timeout / SECOND, late)
    timer.daemon = True
    timer.start()
    try:
        yield found
    finally:
        timer.cancel()


def timed_out(timeout: int | None) -> Refusal:
    """What is said of a statement that ran for too long."""
    limit = "its limit" if timeout is None else show_duration(timeout)
    return Refusal(
        f"a statement ran longer than {limit} and was cancelled; nothing was written",
        "the limit is `timeout` of the target, or --timeout; `--segment` computes fewer at once",
    )
