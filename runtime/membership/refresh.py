"""One run: every segment computed at an instant, compared with the last run, and written.

All in one transaction: whatever happens on the way, the store is that of the last run or that
of this one. A run always adds a row to `runs`, also when nobody entered or left anything, so
that one can see how fresh the segments are; a trial run adds nothing at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.windows import from_microseconds
from segue.compiler.python.snapshot import Snapshot
from segue.compiler.types import Kind
from segue.runtime.incremental.choice import segment_place
from segue.runtime.incremental.extent import Extent, everybody
from segue.runtime.incremental.increment import TEMPORARY, Increment, Incremental
from segue.runtime.incremental.kept import forget, forget_rules
from segue.runtime.lifecycles.flags import flags_of
from segue.runtime.lifecycles.moves import StageKeeper
from segue.runtime.lifecycles.outcome import LifecycleCount
from segue.runtime.listing import some_of
from segue.runtime.membership import differences
from segue.runtime.membership.outcome import Failed, Outcome, Repeats, SegmentCount
from segue.runtime.membership.renames import make_renames_table, write_renamed_segments
from segue.runtime.membership.repeats import set_aside
from segue.runtime.membership.slots import Layout, Segment, Slot, arrange, words_of
from segue.runtime.membership.snapshots import make_snapshot_table, write_snapshot
from segue.runtime.membership.store import SCHEMA, Store
from segue.runtime.membership.words import WordsQuery, word_name
from segue.runtime.refusal import Refusal
from segue.runtime.warehouse.warehouse import Warehouse

Clock = Callable[[], int]
"""Microseconds since the epoch, now."""
Survey = Callable[[], Snapshot | None]
"""What the rules compare each entity with; None where they compare with nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to refresh. A `partial` run computes some segments and leaves the others as they are;
    a `trial` writes nothing. Those who `failed` are not among the entities that are computed, and
    stay as they are. With `replace_others`, the segments may take the place of quite other ones."""

    as_of: int
    ruleset: str
    segments: Sequence[Segment]
    entity: str
    key: Kind
    schema: str = SCHEMA
    lifecycles: Sequence[Lifecycle] = ()
    partial: bool = False
    trial: bool = False
    replace_others: bool = False
    failed: tuple[Failed, ...] = ()


def refresh(
    warehouse: Warehouse,
    request: Request,
    words: WordsQuery,
    clock: Clock,
    report: Callable[[str], None] = lambda step: None,
    survey: Survey = lambda: None,
    incremental: Incremental | None = None,
) -> Outcome:
    """Runs once; `report` is told each step before it begins.

    With `incremental`, only what can have changed is computed where that is possible.
    """
    store = Store(warehouse, request.schema)
    started = clock()
    with warehouse.transaction(keep=not request.trial):
        report("opening the store")
        if not request.trial:
            warehouse.lock(request.schema)
        store.prepare(request.entity, request.key, trial=request.trial)
        previous, last = store.last_run()
        _check_order(request, last)
        slots = store.slots()
        layout = arrange(slots, request.segments, partial=request.partial)
        repeated = (last, _ruleset_of(store, previous)) == (request.as_of, request.ruleset)
        run = previous + 1
        part = None
        if incremental is not None and not request.partial:
            part = Increment(store, incremental, layout, request.key, not request.trial)
        outcome = _refresh(store, request, words, layout, slots, run, report, part)
        if not request.trial:
            if part is not None:
                part.keep(run)
            elif request.partial:
                forget_rules(store, [segment_place(slot.number) for slot in layout.active])
            else:
                forget(store)
            report("writing the run")
            write_snapshot(store, run, survey())
            _log(store, request, outcome, run, started, clock())
        _drop_temporary(store)
        if part is not None:
            part.drop_temporary()
    report("done")
    return Outcome(
        run_id=None if request.trial else run,
        as_of=request.as_of,
        previous_as_of=last,
        ruleset=request.ruleset,
        entities=outcome.entities,
        counts=outcome.counts,
        removed=outcome.removed,
        renamed=layout.renamed,
        lifecycles=outcome.lifecycles,
        repeated=repeated,
        repeats=outcome.repeats,
        failed=request.failed,
        extent=_everybody(request) if part is None else part.extent,
    )


@dataclass(frozen=True, slots=True)
class _Computed:
    entities: int
    counts: tuple[SegmentCount, ...]
    removed: tuple[SegmentCount, ...]
    lifecycles: tuple[LifecycleCount, ...]
    repeats: Repeats | None


def _refresh(
    store: Store,
    request: Request,
    words: WordsQuery,
    layout: Layout,
    slots: Sequence[Slot],
    run: int,
    report: Callable[[str], None],
    part: Increment | None,
) -> _Computed:
    _drop_temporary(store)
    words_before = words_of(slots)
    if not request.trial:
        _widen_state(store, words_before, layout.words)
        words_before = layout.words
        if store.warehouse.tables_end_transactions:
            make_snapshot_table(store)
        if layout.renamed:
            make_renames_table(store)
    # Nothing is written before all tables are there.
    stages = _stages(store, request, run)
    if stages is not None:
        stages.prepare()
    if not request.replace_others:
        _check_project(request, layout, slots, stages)
    report("computing segments")
    if part is not None:
        part.begin()
    if not request.trial and layout.renamed:
        write_renamed_segments(store, run, layout.renamed)
        for new, old in layout.renamed.items():
            _rename_members(store, old, new)
    _write_slots(store, layout, slots, run)
    if part is not None:
        part.bring()
    further = stages.flags.columns if stages is not None else ()
    query = (None if part is None else part.words(words_before)) or words(layout)
    rows, entities = differences.compute_words(store, layout, query, request.key, further)
    entities += len(request.failed)
    repeats = None
    if entities < rows + len(request.failed) or request.failed:
        staged, failed = stages is not None, [one.key for one in request.failed]
        repeats = set_aside(store, layout, words_before, further, failed, staged=staged)
    report("comparing with the last run")
    among = None if part is None else part.among
    differences.compute_changes(store, layout, words_before, among)
    differences.compute_transitions(store, layout, run)
    moved = differences.count_transitions(store)
    if part is None or part.everywhere:
        sizes = differences.count_members(store, layout)
    else:
        sizes = differences.count_members_after(store, layout, moved)
        entities = part.entities
    if stages is not None and part is not None:
        stages.among = part.moving
    if not request.trial and moved:
        report("writing entries and exits")
        differences.apply_transitions(store, layout, run, request.as_of)
    lifecycles = () if stages is None else _advance(stages, request, report)
    counts = differences.counts(layout, sizes, moved)
    removed = differences.removed_counts(layout, moved)
    return _Computed(entities, counts, removed, lifecycles, repeats)


def _everybody(request: Request) -> Extent:
    """Why a run that was not told how to compute a part computed everybody."""
    if request.partial:
        return everybody("only some segments were asked for")
    return everybody("some entities cannot be evaluated" if request.failed else "")


def _drop_temporary(store: Store) -> None:
    differences.drop_temporary(store)
    differences.drop_temporary(store, TEMPORARY)


def _stages(store: Store, request: Request, run: int) -> StageKeeper | None:
    """The lifecycles of a run; None where there never were any, or for a partial run."""
    if request.partial or not (
        request.lifecycles or store.warehouse.has_table(store.table("stages"))
    ):
        return None
    return StageKeeper(
        store,
        request.lifecycles,
        flags_of(request.lifecycles),
        run=run,
        as_of=request.as_of,
        trial=request.trial,
    )


def _advance(
    stages: StageKeeper, request: Request, report: Callable[[str], None]
) -> tuple[LifecycleCount, ...]:
    """Moves everybody on in all lifecycles."""
    report("advancing lifecycles")
    stages.compute()
    counts = stages.counts()
    if not request.trial:
        stages.apply()
        stages.log(counts)
    return counts


def _check_order(request: Request, last: int | None) -> None:
    if last is None or request.as_of >= last or request.trial:
        return
    raise Refusal(
        f"the last run was as of {_show(last)}, which is after {_show(request.as_of)}",
        "history is written forwards: choose an instant from then on, or --dry-run, which writes "
        "nothing",
    )


def _check_project(
    request: Request, layout: Layout, slots: Sequence[Slot], stages: StageKeeper | None
) -> None:
    """Refuses the rules of another project: those that have nothing of what the store holds."""
    held = [slot.segment for slot in slots if not slot.retired]
    gone = {slot.segment for slot in layout.removed}
    if stages is not None:
        held += stages.stored
        gone |= set(stages.changes.removed)
    if not held or not gone.issuperset(held):
        return
    raise Refusal(
        f"the rules have nothing of what the schema `{request.schema}` holds: {some_of(held)}",
        "for another project, choose another schema, as in `schema: segue_shop` of its target; "
        "where these rules take the place of those, run once with --replace: their members leave",
    )


def _show(moment: int) -> str:
    return from_microseconds(moment).replace(tzinfo=None).isoformat() + "Z"


def _ruleset_of(store: Store, run: int) -> str | None:
    rows = store.fetch(store("SELECT ruleset FROM segue.runs WHERE run_id = :run", run=run))
    return rows[0][0] if rows else None


def _widen_state(store: Store, before: int, after: int) -> None:
    """Adds the columns for new words."""
    for word in range(before, after):
        column = exp.ColumnDef(this=exp.to_identifier(word_name(word)), kind=_BIGINT.copy())
        add = exp.Alter(this=store.table("state"), kind="TABLE", actions=[column])
        store.warehouse.execute(add)


def _rename_members(store: Store, old: str, new: str) -> None:
    # Members stay members, since when they are; history keeps the old name (`renames.py`).
    store.execute("UPDATE segue.members SET segment = :new WHERE segment = :old", new=new, old=old)


def _write_slots(store: Store, layout: Layout, slots: Sequence[Slot], run: int) -> None:
    """Brings the table of segments up to date."""
    known = {slot.number for slot in slots}
    for new, old in layout.renamed.items():
        store.execute(
            "UPDATE segue.segments SET segment = :new WHERE segment = :old",
            new=new,
            old=old,
        )
    fresh = [slot for slot in layout.added if slot.number not in known]
    store.insert(
        "segments",
        ("slot", "segment", "word", "flag", "definition", "added_run"),
        [(s.number, s.segment, s.word, s.flag, s.definition, run) for s in fresh],
    )
    for slot in layout.added:
        if slot.number in known:
            store.execute(
                """UPDATE segue.segments SET definition = :definition, added_run = :run,
                   changed_run = NULL, retired_run = NULL WHERE slot = :slot""",
                definition=slot.definition,
                run=run,
                slot=slot.number,
            )
    for slot in layout.redefined:
        store.execute(
            """UPDATE segue.segments SET definition = :definition, changed_run = :run
               WHERE slot = :slot""",
            definition=slot.definition,
            run=run,
            slot=slot.number,
        )
    for slot in layout.removed:
        store.execute(
            "UPDATE segue.segments SET retired_run = :run WHERE slot = :slot",
            run=run,
            slot=slot.number,
        )


def _log(
    store: Store, request: Request, computed: _Computed, run: int, started: int, finished: int
) -> None:
    moment = store.warehouse.moment
    everything = (*computed.counts, *computed.removed)
    store.execute(
        """INSERT INTO segue.runs (run_id, as_of, ruleset, started_at, finished_at, partial,
             entities, entered, departed)
           VALUES (:run, :as_of, :ruleset, :started, :finished, :partial, :entities, :entered,
             :departed)""",
        run=run,
        as_of=moment(request.as_of),
        ruleset=request.ruleset,
        started=moment(started),
        finished=moment(finished),
        partial=request.partial,
        entities=computed.entities,
        entered=sum(count.entered for count in everything),
        departed=sum(count.left for count in everything),
    )
    store.insert(
        "counts",
        ("run_id", "segment", "members", "entered", "departed"),
        [(run, c.segment, c.members, c.entered, c.left) for c in everything],
    )


_BIGINT = exp.DataType.build("BIGINT")
