"""How large things were at each run."""

from dataclasses import dataclass

from segue.runtime.membership.renames import read_renames
from segue.runtime.membership.store import Store


@dataclass(frozen=True, slots=True)
class Size:
    """The sizes at one run, by segment or stage."""

    run_id: int
    as_of: int
    entities: int
    sizes: dict[str, int]


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """A segment at one run."""

    run_id: int
    as_of: int
    entities: int
    members: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run of all."""

    run_id: int
    as_of: int
    ruleset: str
    partial: bool
    entities: int
    entered: int
    left: int


def segment_sizes(
    store: Store, segment: str, since: int | None = None, until: int | None = None
) -> list[SegmentSize]:
    """The sizes of a segment at each run that computed it, whatever it was called then."""
    read = store.warehouse.read_moment
    rows = store.fetch(
        store(
            """SELECT r.run_id, r.as_of, r.entities, c.members, c.entered, c.departed
               FROM segue.counts AS c JOIN segue.runs AS r ON r.run_id = c.run_id
               WHERE :name = :segment ORDER BY r.run_id""",
            name=read_renames(store).segment_column("c"),
            segment=segment,
        )
    )
    found = [SegmentSize(run, read(as_of), *rest) for run, as_of, *rest in rows]
    return [size for size in found if is_within(size.as_of, since, until)]


def runs(store: Store, since: int | None = None, until: int | None = None) -> list[Run]:
    """Every run, in order."""
    read = store.warehouse.read_moment
    rows = store.fetch(
        store(
            """SELECT run_id, as_of, ruleset, partial, entities, entered, departed
               FROM segue.runs ORDER BY run_id"""
        )
    )
    found = [
        Run(run, read(as_of), ruleset, bool(partial), *rest)
        for run, as_of, ruleset, partial, *rest in rows
    ]
    return [run for run in found if is_within(run.as_of, since, until)]


def is_within(at: int, since: int | None, until: int | None) -> bool:
    """Whether an instant lies between two, both included; None is open."""
    return (since is None or at >= since) and (until is None or at <= until)
