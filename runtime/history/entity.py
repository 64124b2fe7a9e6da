"""The life of one entity: every segment it entered or left, every stage it came to."""

from dataclasses import dataclass

from segue.runtime.history.store import has_stages
from segue.runtime.membership.store import Store


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to an entity at a run.

    `where` is the segment or lifecycle. Of a segment, `after` is its name or None, where the
    entity left; of a lifecycle `before` and `after` are stages.
    """

    at: int
    run_id: int
    kind: str
    where: str
    before: str | None
    after: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Life:
    """All changes of an entity up to an instant, in order, and where that leaves it."""

    changes: tuple[Change, ...]

    @property
    def members(self) -> dict[str, int]:
        """The segments it is in, since when."""
        return self._present("segment")

    @property
    def stages(self) -> dict[str, tuple[str, int]]:
        """The stage in each lifecycle, since when."""
        found: dict[str, tuple[str, int]] = {}
        for change in self.changes:
            if change.kind == "lifecycle":
                found.pop(change.where, None)
                if change.after is not None:
                    found[change.where] = (change.after, change.at)
        return found

    def _present(self, kind: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for change in self.changes:
            if change.kind == kind and change.after is not None:
                found[change.where] = change.at
            elif change.kind == kind:
                found.pop(change.where, None)
        return found


def life_of(store: Store, key: int | str, until: int | None = None) -> Life:
    """What runs as of an instant or before (all, by default) have written of an entity."""
    read = store.warehouse.read_moment
    rows = store.fetch(
        store(
            "SELECT at, run_id, segment, change, reason FROM segue.history WHERE key = :key",
            key=key,
        )
    )
    changes = [
        Change(
            read(at),
            run,
            "segment",
            segment,
            None if change == "enter" else segment,
            segment if change == "enter" else None,
            reason,
        )
        for at, run, segment, change, reason in rows
    ]
    if has_stages(store):
        rows = store.fetch(
            store(
                """SELECT at, run_id, lifecycle, from_stage, to_stage, reason
                   FROM segue.stage_history WHERE key = :key""",
                key=key,
            )
        )
        changes += [Change(read(at), run, "lifecycle", *rest) for at, run, *rest in rows]
    known = [change for change in changes if until is None or change.at <= until]
    known.sort(key=lambda change: (change.run_id, change.kind, change.where))
    return Life(tuple(known))
