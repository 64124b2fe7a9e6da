"""Names in a sentence, not all of them where they are many."""

from collections.abc import Sequence

MOST = 5


def some_of(names: Sequence[str]) -> str:
    """`a, b`, or the first few of many: `a, b, c, d, e and 7 more`."""
    more = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" and {more} more" if more > 0 else "")
