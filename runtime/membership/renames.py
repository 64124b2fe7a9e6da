"""What segments, lifecycles and stages were called when, and what they are called now.

Rows of history keep the name of the day they were written, and a name may be used again by another
segment. So a run that finds a new name writes a row to `renames`, and whoever reads history gives
each row the name of now: no run, however much history there is, writes any of it anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from segue.runtime.membership.store import Store
from segue.runtime.refusal import Refusal

TABLE = """CREATE TABLE IF NOT EXISTS segue.renames (
    run_id BIGINT NOT NULL, kind TEXT NOT NULL, lifecycle TEXT, old_name TEXT NOT NULL,
    new_name TEXT NOT NULL)"""
"""`kind` is segment, lifecycle or stage; `lifecycle` is that of a stage, by its name then."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """The new names, by the old ones, that a run gave all at once."""

    run: int
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Names:
    """All renamings of things of one kind, in order of their runs."""

    renamings: tuple[Renaming, ...] = ()

    def now(self, name: str, run: int) -> str:
        """What that is called now which had this name after a run."""
        for renaming in self.renamings:
            if renaming.run > run:
                name = renaming.names.get(name, name)
        return name

    def column(self, name: str, table: str) -> exp.Expr:
        """The same as `now` in SQL, of a column of a table and the `run_id` beside it."""
        found = exp.column(name, table)
        run = exp.column("run_id", table)
        old = dict.fromkeys(name for renaming in self.renamings for name in renaming.names)
        # The first that fits is meant; who is renamed and renamed back is in it for that reason.
        ifs = [
            exp.If(
                this=exp.and_(found.eq(name), run < exp.convert(renaming.run)),
                true=exp.convert(self.now(name, renaming.run - 1)),
            )
            for renaming in self.renamings
            for name in old
        ]
        return exp.Case(ifs=ifs, default=found) if ifs else found


@dataclass(frozen=True, slots=True)
class Renames:
    """All renamings of a store; those of stages by what their lifecycle is called now."""

    segments: Names = Names()
    lifecycles: Names = Names()
    stages: Mapping[str, Names] = field(default_factory=dict)

    def stage(self, name: str, lifecycle: str, run: int) -> str:
        """What a stage is called now; `lifecycle` is the present name of its own."""
        return self.stages.get(lifecycle, Names()).now(name, run)

    def segment_column(self, table: str) -> exp.Expr:
        """The present name of a row's `segment`."""
        return self.segments.column("segment", table)

    def lifecycle_column(self, table: str) -> exp.Expr:
        """The present name of a row's `lifecycle`."""
        return self.lifecycles.column("lifecycle", table)

    def stage_column(self, name: str, table: str) -> exp.Expr:
        """The present name of the stage in a column of a row."""
        found = exp.column(name, table)
        ifs = [
            exp.If(this=self.lifecycle_column(table).eq(lifecycle), true=names.column(name, table))
            for lifecycle, names in self.stages.items()
        ]
        return exp.Case(ifs=ifs, default=found) if ifs else found


def read_renames(store: Store) -> Renames:
    """Every renaming that a run has found."""
    segments: list[tuple[int, str, str]] = []
    lifecycles: list[tuple[int, str, str]] = []
    stages: list[tuple[int, str, str, str]] = []
    for run, kind, lifecycle, old, new in _logged(store):
        match kind:
            case "segment":
                segments.append((run, old, new))
            case "lifecycle":
                lifecycles.append((run, old, new))
            case _:
                stages.append((run, lifecycle, old, new))
    of_lifecycles = _names(lifecycles)
    by_lifecycle: dict[str, list[tuple[int, str, str]]] = {}
    for run, lifecycle, old, new in stages:
        now = of_lifecycles.now(lifecycle, run)
        by_lifecycle.setdefault(now, []).append((run, old, new))
    return Renames(
        _names(segments), of_lifecycles, {name: _names(rows) for name, rows in by_lifecycle.items()}
    )


def check_not_renamed(store: Store, segment: str) -> None:
    """Raises a `Refusal` that has the present name, where a segment was called so once."""
    names = read_renames(store).segments
    for renaming in reversed(names.renamings):
        if segment in renaming.names:
            now = names.now(segment, renaming.run - 1)
            raise Refusal(
                f"there is no segment `{segment}`",
                f"since run {renaming.run} it has another name, and is called `{now}` now",
            )


def make_renames_table(store: Store) -> None:
    """Makes the table of renames, unless it is there."""
    if not store.warehouse.has_table(store.table("renames")):
        store.execute(TABLE)


def write_renamed_segments(store: Store, run: int, renamed: Mapping[str, str]) -> None:
    """Keeps that a run found segments with new names, which `renamed` has the old ones of."""
    rows = [(run, "segment", old, new) for new, old in renamed.items()]
    store.insert("renames", _COLUMNS, rows)


def write_renamed_stages(
    store: Store, run: int, lifecycles: Mapping[str, str], stages: Mapping[str, Mapping[str, str]]
) -> None:
    """The same of lifecycles and of stages, by the new name of their lifecycle."""
    store.insert(
        "renames", _COLUMNS, [(run, "lifecycle", old, new) for new, old in lifecycles.items()]
    )
    store.insert(
        "renames",
        (*_COLUMNS, "lifecycle"),
        [
            (run, "stage", old, new, lifecycle)
            for lifecycle, renamed in stages.items()
            for new, old in renamed.items()
        ],
    )


_COLUMNS = ("run_id", "kind", "old_name", "new_name")


def _names(rows: Iterable[tuple[int, str, str]]) -> Names:
    by_run: dict[int, dict[str, str]] = {}
    for run, old, new in sorted(rows):
        by_run.setdefault(run, {})[old] = new
    return Names(tuple(Renaming(run, names) for run, names in by_run.items()))


def _logged(store: Store) -> Sequence[tuple[int, str, str, str, str]]:
    if not store.warehouse.has_table(store.table("renames")):
        return []
    query = "SELECT run_id, kind, lifecycle, old_name, new_name FROM segue.renames"
    return [(int(run), *names) for run, *names in store.fetch(store(query))]
