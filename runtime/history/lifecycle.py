"""A lifecycle over time: sizes of stages, who went from where to where, how long they stayed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from segue.compiler.plan.lifecycles import Lifecycle
from segue.runtime.history.sizes import Size, is_within
from segue.runtime.history.store import has_stages
from segue.runtime.membership.renames import Renames, read_renames
from segue.runtime.membership.store import Store


@dataclass(frozen=True, slots=True)
class Stays:
    """How long entities were in a stage: the median of the stays that ended, in microseconds."""

    ended: int
    median: int | None
    present: int


@dataclass(frozen=True, slots=True)
class LifecycleHistory:
    """What runs have written of a lifecycle. `matrix` counts moves by (from, to)."""

    name: str
    stages: tuple[str, ...]
    sizes: tuple[Size, ...]
    matrix: Mapping[tuple[str | None, str | None], int]
    stays: Mapping[str, Stays]


def lifecycle_history(
    store: Store, lifecycle: Lifecycle, since: int | None = None, until: int | None = None
) -> LifecycleHistory:
    """The runs as of an instant from `since` to `until`, both included; stays begin within."""
    if not has_stages(store):
        return LifecycleHistory(lifecycle.name, tuple(lifecycle.stages), (), {}, {})
    renames = read_renames(store)
    sizes = _sizes(store, renames, lifecycle.name, since, until)
    moves = _moves(store, renames, lifecycle.name)
    within = [move for move in moves if is_within(move.at, since, until)]
    matrix: dict[tuple[str | None, str | None], int] = {}
    for move in within:
        way = (move.before, move.after)
        matrix[way] = matrix.get(way, 0) + move.entities
    names = dict.fromkeys((*lifecycle.stages, *(n for size in sizes for n in size.sizes)))
    stays = {stage: _stays(stage, within, until) for stage in names}
    return LifecycleHistory(lifecycle.name, tuple(names), sizes, matrix, stays)


@dataclass(frozen=True, slots=True)
class _Move:
    """So many entities that went this way at one run, and went on at the same later one."""

    at: int
    before: str | None
    after: str | None
    left: int | None
    entities: int


def _sizes(
    store: Store, renames: Renames, lifecycle: str, since: int | None, until: int | None
) -> tuple[Size, ...]:
    rows = store.fetch(
        store(
            """SELECT r.run_id, r.as_of, r.entities, c.stage, c.entities AS in_stage
               FROM segue.stage_counts AS c JOIN segue.runs AS r ON r.run_id = c.run_id
               WHERE :named = :lifecycle ORDER BY r.run_id""",
            named=renames.lifecycle_column("c"),
            lifecycle=lifecycle,
        )
    )
    found: dict[int, Size] = {}
    for run, as_of, entities, stage, size in rows:
        moment = store.warehouse.read_moment(as_of)
        if is_within(moment, since, until):
            sizes = found.setdefault(run, Size(run, moment, entities, {})).sizes
            name = renames.stage(stage, lifecycle, run)
            # Two of one run, where one had been removed before another took its name.
            sizes[name] = sizes.get(name, 0) + size
    return tuple(found.values())


def _moves(store: Store, renames: Renames, lifecycle: str) -> list[_Move]:
    read = store.warehouse.read_moment
    rows = store.fetch(
        store(
            """SELECT at, before_name, after_name, gone_at, COUNT(*) FROM (
                 SELECT h.at AS at, :before AS before_name, :after AS after_name,
                   LEAD(h.at) OVER (PARTITION BY h.key ORDER BY h.run_id) AS gone_at
                 FROM segue.stage_history AS h WHERE :named = :lifecycle) AS stays
               GROUP BY 1, 2, 3, 4""",
            before=renames.stage_column("from_stage", "h"),
            after=renames.stage_column("to_stage", "h"),
            named=renames.lifecycle_column("h"),
            lifecycle=lifecycle,
        )
    )
    return [
        _Move(read(at), before, after, None if gone is None else read(gone), entities)
        for at, before, after, gone, entities in rows
    ]


def _stays(stage: str, moves: Iterable[_Move], until: int | None) -> Stays:
    ended: list[tuple[int, int]] = []
    present = 0
    for move in moves:
        if move.after != stage:
            continue
        if move.left is None or (until is not None and move.left > until):
            present += move.entities
        else:
            ended.append((move.left - move.at, move.entities))
    return Stays(sum(n for _, n in ended), weighted_median(ended), present)


def weighted_median(values: Iterable[tuple[int, int]]) -> int | None:
    """The lower median of values that occur so often; None of nothing."""
    ordered = sorted(values)
    total = sum(times for _, times in ordered)
    seen = 0
    for value, times in ordered:
        seen += times
        if seen * 2 >= total:
            return value
    return None
