"""One run: every segment computed at an instant, compared with the last run, and written.

All in one transaction: whatever happens on the way, the store is that of the last run or that
of this one. A run always adds a row to `runs`, also when nobody entered or left anything, so
that one can see how fresh the segments are; a trial run adds nothing at all.
"""

from collections.abc import Callable, Mapping, Sequence
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
        number = previous + 1
        part = None
        if incremental is not None and not request.partial:
            part = Increment(store, incremental, layout, request.key, not request.trial)
        run = _Run(number, store, request, layout, slots, report, part)
        outcome = _refresh(run, words)
        if not request.trial:
            if part is not None:
                part.keep(number)
            elif request.partial:
                forget_rules(store, [segment_place(slot.number) for slot in layout.active])
            else:
                forget(store)
            report("writing the run")
            write_snapshot(store, number, survey())
            _log(store, request, outcome, number, started, clock())
        _drop_temporary(store)
        if part is not None:
            part.drop_temporary()
    report("done")
    return Outcome(
        run_id=None if request.trial else number,
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
class _Run:
    """A run at work: what its steps share. `part` says how to compute a part of everybody."""

    number: int
    store: Store
    request: Request
    layout: Layout
    slots: Sequence[Slot]
    report: Callable[[str], None]
    part: Increment | None

    @property
    def partly(self) -> Increment | None:
        """The same where words of some are computed, and not of everybody."""
        return None if self.part is None or self.part.everywhere else self.part


@dataclass(frozen=True, slots=True)
class _Computed:
    entities: int
    counts: tuple[SegmentCount, ...]
    removed: tuple[SegmentCount, ...]
    lifecycles: tuple[LifecycleCount, ...]
    repeats: Repeats | None


def _refresh(run: _Run, words: WordsQuery) -> _Computed:
    _drop_temporary(run.store)
    # Nothing is written before all tables are there.
    stored_words = _make_tables(run)
    stages = _stages(run)
    if not run.request.replace_others:
        _check_project(run.request, run.layout, run.slots, stages)
    run.report("computing segments")
    _bring_forward(run)
    entities, repeats = _compute(run, words, stored_words, stages)
    run.report("comparing with the last run")
    moved = _compare(run, stored_words)
    sizes = _sizes(run, moved)
    _write_moves(run, moved)
    lifecycles = _advance(run, stages)
    counts = differences.counts(run.layout, sizes, moved)
    removed = differences.removed_counts(run.layout, moved)
    return _Computed(entities, counts, removed, lifecycles, repeats)


def _make_tables(run: _Run) -> int:
    """Makes the tables and columns that the run lacks; how many words the state has then."""
    store, before = run.store, words_of(run.slots)
    if run.request.trial:
        return before
    _widen_state(store, before, run.layout.words)
    if store.warehouse.tables_end_transactions:
        make_snapshot_table(store)
    if run.layout.renamed:
        make_renames_table(store)
    return run.layout.words


def _bring_forward(run: _Run) -> None:
    """Brings forward what the last run left: names, slots, and what is kept of aggregates."""
    store, layout = run.store, run.layout
    if run.part is not None:
        run.part.begin()
    if not run.request.trial and layout.renamed:
        write_renamed_segments(store, run.number, layout.renamed)
        for new, old in layout.renamed.items():
            _rename_members(store, old, new)
    _write_slots(store, layout, run.slots, run.number)
    if run.part is not None:
        run.part.bring()


def _compute(
    run: _Run, words: WordsQuery, stored_words: int, stages: StageKeeper | None
) -> tuple[int, Repeats | None]:
    """Computes the words; how many entities there are, and who is there more than once."""
    store, layout, failed = run.store, run.layout, [one.key for one in run.request.failed]
    further = stages.flags.columns if stages is not None else ()
    query = (None if run.part is None else run.part.words(stored_words)) or words(layout)
    rows, keys = differences.compute_words(store, layout, query, run.request.key, further)
    repeats = None
    if keys < rows or failed:
        staged = stages is not None
        repeats = set_aside(store, layout, stored_words, further, failed, staged=staged)
    return keys + len(failed) if run.partly is None else run.partly.entities, repeats


def _compare(run: _Run, stored_words: int) -> dict[str, tuple[int, int]]:
    """Finds who enters and leaves; how many they are, by segment."""
    among = None if run.part is None else run.part.among
    differences.compute_changes(run.store, run.layout, stored_words, among)
    differences.compute_transitions(run.store, run.layout, run.number)
    return differences.count_transitions(run.store)


def _sizes(run: _Run, moved: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """How many members each segment has."""
    if run.partly is None:
        return differences.count_members(run.store, run.layout)
    return differences.count_members_after(run.store, run.layout, moved)


def _write_moves(run: _Run, moved: Mapping[str, tuple[int, int]]) -> None:
    """Writes who enters and leaves, where anybody does."""
    if not run.request.trial and moved:
        run.report("writing entries and exits")
        differences.apply_transitions(run.store, run.layout, run.number, run.request.as_of)


def _everybody(request: Request) -> Extent:
    """Why a run that was not told how to compute a part computed everybody."""
    if request.partial:
        return everybody("only some segments were asked for")
    return everybody("some entities cannot be evaluated" if request.failed else "")


def _drop_temporary(store: Store) -> None:
    differences.drop_temporary(store)
    differences.drop_temporary(store, TEMPORARY)


def _stages(run: _Run) -> StageKeeper | None:
    """The lifecycles of a run, with their tables; None where there never were any, or for a partial
    run."""
    request, store = run.request, run.store
    if request.partial or not (
        request.lifecycles or store.warehouse.has_table(store.table("stages"))
    ):
        return None
    stages = StageKeeper(
        store,
        request.lifecycles,
        flags_of(request.lifecycles),
        run=run.number,
        as_of=request.as_of,
        trial=request.trial,
    )
    stages.prepare()
    return stages


def _advance(run: _Run, stages: StageKeeper | None) -> tuple[LifecycleCount, ...]:
    """Moves everybody on in all lifecycles."""
    if stages is None:
        return ()
    if run.part is not None:
        stages.among = run.part.moving
    run.report("advancing lifecycles")
    stages.compute()
    counts = stages.counts()
    if not run.request.trial:
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
