"""What an engine says beforehand that a query will cost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

_SIZES = ("B", "KB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class Cost:
    """An estimate: `rows` and `bytes` that are read, and `units` of the engine's own planner.

    Each is None where the engine does not say it; `source` is where it says the others.
    """

    source: str
    rows: int | None = None
    bytes: int | None = None
    units: float | None = None

    def __str__(self) -> str:
        """As on a command line: `about 1,234,000 rows read (EXPLAIN of DuckDB)`."""
        parts = []
        if self.rows is not None:
            parts.append(f"about {self.rows:,} rows read")
        if self.bytes is not None:
            parts.append(f"about {_size(self.bytes)} read")
        if self.units is not None:
            parts.append(f"cost {self.units:,.0f}")
        return f"{', '.join(parts)} ({self.source})"

    def to_json(self) -> Mapping[str, Any]:
        """As data."""
        return asdict(self)


def together(costs: Sequence[Cost | None]) -> Cost | None:
    """What several queries cost; None where the engine does not say it of all of them."""
    known = [cost for cost in costs if cost is not None]
    if not known or len(known) < len(costs):
        return None
    rows, bytes, units = (
        None if None in sizes else sum(size for size in sizes if size is not None)
        for sizes in zip(*((cost.rows, cost.bytes, cost.units) for cost in known), strict=True)
    )
    whole = None if rows is None else int(rows)
    return Cost(known[0].source, whole, None if bytes is None else int(bytes), units)


def leaves(
    plan: Mapping[str, Any], children: Callable[[Mapping[str, Any]], list[Mapping[str, Any]]]
) -> Iterator[Mapping[str, Any]]:
    """The steps of an engine's plan that read tables: those without steps below."""
    below = children(plan)
    if not below:
        yield plan
    for step in below:
        yield from leaves(step, children)


def _size(count: int) -> str:
    size = float(count)
    for unit in _SIZES[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_SIZES[-1]}"
