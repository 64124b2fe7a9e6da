"""A duration on the command line, written as in rules."""

from segue.runtime.refusal import Refusal
from segue.runtime.testing.values import duration


def duration_of(text: str) -> int:
    """Microseconds; `Refusal` for what is no duration, or none at all."""
    found = duration(text)
    if not found or found < 0:
        raise Refusal(f"`{text}` is no duration", "write 7d, 12h or 4w")
    return found
