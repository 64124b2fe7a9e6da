"""What is tried again, and nothing else: connecting, and a transaction that another one undid.

In both cases nothing has happened yet. A statement that failed for any other reason is never
repeated, for it may have been done.
"""

from collections.abc import Callable
from typing import TypeVar

from segue.runtime.warehouse.failures import Cause, StatementFailed

T = TypeVar("T")

TIMES = 4
FIRST_WAIT = 0.2
LONGEST_WAIT = 3.0


def connecting(connect: Callable[[], T], transient: Callable[[BaseException], bool]) -> T:
    """Connects; once more, a little later, where the error may pass by itself."""
    return _again(connect, transient)


def undone(transaction: Callable[[], T]) -> T:
    """Runs a whole transaction; anew, where the engine undid it because of another one."""
    return _again(transaction, _is_conflict)


def _again(what: Callable[[], T], retry: Callable[[BaseException], bool]) -> T:
    from tenacity import (
        Retrying,
        retry_if_exception,
        stop_after_attempt,
        wait_random_exponential,
    )

    attempts = Retrying(
        stop=stop_after_attempt(TIMES),
        wait=wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        retry=retry_if_exception(retry),
        reraise=True,
    )
    return attempts(what)


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, StatementFailed) and error.cause is Cause.CONFLICT
