"""What a misspelt word may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 100
"""Comparing words takes time with the square of their length; no name is longer than this."""


def nearest(word: str, candidates: Iterable[str], cutoff: float = 0.65) -> str | None:
    """The candidate that is spelt most like a word, or None where none is close.

    Capitals tell two candidates apart only where nothing else does.
    """
    spelt = sorted(set(candidates))
    found = get_close_matches(word[:LONGEST], spelt, n=1, cutoff=cutoff)
    if found:
        return found[0]
    small = {candidate.lower(): candidate for candidate in spelt}
    found = get_close_matches(word[:LONGEST].lower(), small, n=1, cutoff=cutoff)
    return small[found[0]] if found else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A question that names the nearest candidate, or nothing where none is close."""
    found = nearest(word, candidates)
    return f"did you mean `{found}`?" if found else ""
