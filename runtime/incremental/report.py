"""How much a run computed, in words and as data."""

from typing import Any

from segue.runtime.incremental.extent import Extent

MOST_NAMES = 5


def extent_text(extent: Extent, entity: str) -> str:
    """On one line: `incremental: something can have changed for 2,431 customers`."""
    if extent.touched is None:
        return f"full: {extent.reason}"
    people = f"{extent.touched:,} {entity}{'' if extent.touched == 1 else 's'}"
    text = f"incremental: something can have changed for {people}"
    by_reason: dict[str, list[str]] = {}
    for name, reason in extent.everybody.items():
        by_reason.setdefault(reason, []).append(name)
    parts = [f"{_names(names)} ({reason})" for reason, names in by_reason.items()]
    return f"{text}; for all: {'; '.join(parts)}" if parts else text


def extent_json(extent: Extent) -> dict[str, Any]:
    """As data; `touched` is null for a full run."""
    return {
        "incremental": extent.incremental,
        "touched": extent.touched,
        "reason": extent.reason,
        "for_all": dict(extent.everybody),
    }


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
