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
T = TypeVar("T")


def patiently(run: Callable[[], T], stop: Callable[[], object], timeout: int | None) -> T:
    """What `run` gives; `stop` is called, and waited for, at Ctrl-C or after so many microseconds.

    Raises `KeyboardInterrupt` or a `Refusal` then, and otherwise what `run` raises.
    """
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(run())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        ended, _ = wait([outcome], None if timeout is None else timeout / SECOND)
    except KeyboardInterrupt:
        stop()
        wait([outcome])
        raise
    if ended:
        return outcome.result()
    stop()
    wait([outcome])
    raise timed_out(timeout)


def timed_out(timeout: int | None) -> Refusal:
    """What is said of a statement that ran for too long."""
    limit = "its limit" if timeout is None else show_duration(timeout)
    return Refusal(
        f"a statement ran longer than {limit} and was cancelled; nothing was written",
        "the limit is `timeout` of the target, or --timeout; `--segment` computes fewer at once",
    )
