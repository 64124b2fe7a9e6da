"""How much a run computed, in words and as data."""

from typing import Any

from segue.runtime.incremental.extent import Extent
from segue.runtime.listing import some_of


def extent_text(extent: Extent, entity: str) -> str:
    """On one line: `incremental: something can have changed for 2,431 customers`."""
    if extent.touched is None:
        text = f"full: {extent.reason}"
    else:
        people = f"{extent.touched:,} {entity}{'' if extent.touched == 1 else 's'}"
        text = f"incremental: something can have changed for {people}"
    by_reason: dict[str, list[str]] = {}
    for name, reason in extent.everybody.items():
        by_reason.setdefault(reason, []).append(name)
    parts = [f"{some_of(names)} ({reason})" for reason, names in by_reason.items()]
    return f"{text}; for all: {'; '.join(parts)}" if parts else text


def extent_json(extent: Extent) -> dict[str, Any]:
    """As data; `touched` is null for a full run."""
    return {
        "incremental": extent.incremental,
        "touched": extent.touched,
        "reason": extent.reason,
        "for_all": dict(extent.everybody),
    }
