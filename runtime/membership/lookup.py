"""What the store knows of one entity and one segment."""

from dataclasses import dataclass

from segue.runtime.as_of import show_instant
from segue.runtime.membership.renames import read_renames
from segue.runtime.membership.store import Store

REASONS = {
    "condition": "its condition turned",
    "rule_changed": "the rule was changed",
    "segment_added": "the segment was new",
    "segment_removed": "the segment was removed",
    "entity_gone": "the entity was gone",
}


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last time that an entity entered or left a segment."""

    change: str
    reason: str
    at: int
    run_id: int

    def __str__(self) -> str:
        """As a sentence."""
        verb = "entered" if self.change == "enter" else "left"
        why = REASONS.get(self.reason, self.reason)
        return f"{verb} as of {show_instant(self.at)} (run {self.run_id}: {why})"


def last_change(store: Store, segment: str, key: int | str) -> LastChange | None:
    """The last entry or exit, or None where no run has recorded one.

    `segment` is what the last run called it; it may have had another name then.
    """
    if not store.exists():
        return None
    rows = store.fetch(
        store(
            """SELECT h.change, h.reason, h.at, h.run_id FROM segue.history AS h
               WHERE :name = :segment AND h.key = :key ORDER BY h.run_id DESC LIMIT 1""",
            name=read_renames(store).segment_column("h"),
            segment=segment,
            key=key,
        )
    )
    if not rows:
        return None
    change, reason, at, run_id = rows[0]
    return LastChange(change, reason, store.warehouse.read_moment(at), run_id)
