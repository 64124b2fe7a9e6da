"""How much a run computed, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extent:
    """What a run computed. `touched` is of how many entities, and None where it was everybody.

    `reason` says why it was; `everybody` has the rules that were computed for everybody, with the
    reason of each, where these are several.
    """

    touched: int | None = None
    reason: str = ""
    everybody: Mapping[str, str] = field(default_factory=dict)

    @property
    def incremental(self) -> bool:
        """Whether some rules were computed only where something can have changed."""
        return self.touched is not None


def everybody(reason: str) -> Extent:
    """A run over everybody."""
    return Extent(None, reason)
