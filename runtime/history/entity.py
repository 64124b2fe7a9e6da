"""The life of one entity: every segment it entered or left, every stage it came to."""

from dataclasses import dataclass

from segue.runtime.history.store import has_stages
from segue.runtime.membership.renames import Renames, read_renames
from segue.runtime.membership.store import Store


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to an entity at a run.

    `where` is the segment or lifecycle. Of a segment, `after` is its name or None, where the
    entity left; of a lifecycle `before` and `after` are stages. All names are those of now.
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
    renames = read_renames(store)
    rows = store.fetch(
        store(
            "SELECT at, run_id, segment, change, reason FROM segue.history WHERE key = :key",
            key=key,
        )
    )
    changes = []
    for at, run, name, change, reason in rows:
        segment = renames.segments.now(name, run)
        entered = change == "enter"
        before, after = (None, segment) if entered else (segment, None)
        changes.append(Change(read(at), run, "segment", segment, before, after, reason))
    if has_stages(store):
        rows = store.fetch(
            store(
                """SELECT at, run_id, lifecycle, from_stage, to_stage, reason
                   FROM segue.stage_history WHERE key = :key""",
                key=key,
            )
        )
        for at, run, name, before, after, reason in rows:
            lifecycle = renames.lifecycles.now(name, run)
            before, after = (_stage(renames, found, lifecycle, run) for found in (before, after))
            changes.append(Change(read(at), run, "lifecycle", lifecycle, before, after, reason))
    known = [change for change in changes if until is None or change.at <= until]
    known.sort(key=lambda change: (change.run_id, change.kind, change.where))
    return Life(tuple(known))


def _stage(renames: Renames, name: str | None, lifecycle: str, run: int) -> str | None:
    return None if name is None else renames.stage(name, lifecycle, run)
