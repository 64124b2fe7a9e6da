"""Statements of engines that run in this process, ended by Ctrl-C or when their time is up.

They run in a thread of their own: the main thread of Python, which is the one that notices Ctrl-C,
would otherwise wait inside the engine until the statement is done.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from segue.runtime.explain.values import show_duration
from segue.runtime.refusal import Refusal

SECOND = 1_000_000
AGAIN = 0.2
"""Seconds after which a statement that was stopped and still runs is told so again."""
T = TypeVar("T")


def patiently(run: Callable[[], T], stop: Callable[[], object], timeout: int | None) -> T:
    """What `run` gives; `stop` is called, and waited for, at Ctrl-C or after so many microseconds.

    Raises `KeyboardInterrupt` or a `Refusal` then, and otherwise what `run` raises.
    """
    outcome: Future[T] = Future()

    def work() -> None:
        if not outcome.set_running_or_notify_cancel():
            return
        try:
            outcome.set_result(run())
        except BaseException as error:
            outcome.set_exception(error)

    try:
        # Starting a thread waits for it too, and Ctrl-C can come meanwhile.
        threading.Thread(target=work, daemon=True).start()
        ended, _ = wait([outcome], None if timeout is None else timeout / SECOND)
    except KeyboardInterrupt:
        if not outcome.cancel():
            _end(outcome, stop)
        raise
    if ended:
        return outcome.result()
    _end(outcome, stop)
    raise timed_out(timeout)


def _end(outcome: "Future[T]", stop: Callable[[], object]) -> None:
    """Stops a statement that runs, again where it had not begun when it was told to."""
    while not outcome.done():
        stop()
        wait([outcome], AGAIN)


def timed_out(timeout: int | None) -> Refusal:
    """What is said of a statement that ran for too long."""
    limit = "its limit" if timeout is None else show_duration(timeout)
    return Refusal(
        f"a statement ran longer than {limit} and was cancelled; nothing was written",
        "the limit is `timeout` of the target, or --timeout; `--segment` computes fewer at once",
    )
