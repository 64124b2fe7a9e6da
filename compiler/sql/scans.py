"""Groups the aggregates of a ruleset into scans, one for each place where events are."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from segue.compiler.plan.moments import earliest, latest
from segue.compiler.plan.nodes import KEPT, STEPS, Aggregate, Expr, Kernel
from segue.compiler.plan.windows import Bounds, LastEvents, bounds, merged
from segue.compiler.sql import ranked
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.folds import Fold
from segue.compiler.sql.hoist import hoist
from segue.compiler.sql.names import Names
from segue.compiler.sql.packing import Packed, pack
from segue.compiler.sql.ranked import AT, VALUE
from segue.compiler.sql.row_steps import row_steps
from segue.compiler.sql.rows import ENTITY_KEY, Rows, Sources, place
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.sequences import followed
from segue.compiler.sql.timelines import MOMENT, Check, Timelines, checks
from segue.compiler.sql.trees import Tree, all_of, any_of, column, identifier, named, not_null
from segue.compiler.types import TEXTS

Finish = Callable[[Tree], Tree]
"""Turns a folded value into its representation."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Where the entity's own columns are, and what else is known of it there."""

    source: exp.Table
    """Without an alias."""
    key: str
    columns: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """One step of the query: a row for each entity that has such events."""

    name: str
    query: exp.Query
    results: dict[int, Tree]
    """The value of each aggregate, as an expression over the scan's row."""


@dataclass(frozen=True, slots=True)
class Context:
    """What all scans of a query share. `labels` names aggregates that are metrics."""

    scope: Scope
    sources: Sources
    names: Names
    labels: Mapping[int, str]
    steps: dict[str, exp.Query]
    """Further steps of the query that scans need, in order."""

    def column_of(self, node: Expr) -> str:
        """The name of an aggregate's column."""
        return self.labels[node.id]


def scans(context: Context, aggregates: Sequence[Expr], relation: Relation) -> list[Scan]:
    """Scans that together compute the aggregates; `relation` has the level below."""
    groups: dict[Hashable, list[Expr]] = {}
    for node in aggregates:
        groups.setdefault(_group(context, node), []).append(node)
    return [_scan(context, nodes, relation) for nodes in groups.values()]


def aggregate_of(node: Expr) -> Aggregate:
    """The fold of an `aggregate` node."""
    assert isinstance(node.param, Aggregate)
    return node.param


def _group(context: Context, node: Expr) -> Hashable:
    """Aggregates with equal groups share a scan."""
    aggregate = aggregate_of(node)
    members = context.sources.catalog.members(aggregate.event)
    places = {place(member) for member in members}
    where_from = next(iter(places)) if len(places) == 1 else aggregate.event
    joined = reads_entity(aggregate)
    if ranks_rows(context.scope.dialect, aggregate):
        return node.id
    if isinstance(aggregate.window, LastEvents):
        return (aggregate.event, aggregate.window, joined, aggregate.steps)
    return (where_from, joined, aggregate.steps and (aggregate.event, aggregate.steps))


def ranks_rows(dialect: Dialect, aggregate: Aggregate) -> bool:
    """Whether an aggregate ranks its rows, and so needs a query of its own."""
    if aggregate.kernel is Kernel.MODE:
        return True
    if aggregate.kernel not in (Kernel.FIRST, Kernel.LAST) or is_event_time(aggregate.value):
        return False
    return not dialect.inline_latest


def _id(expr: Expr | None) -> int | None:
    return None if expr is None else expr.id


def is_event_time(value: Expr | None) -> bool:
    """Whether a value is when the event itself happened."""
    return value is not None and value.op == "event_time"


def reads_entity(aggregate: Aggregate) -> bool:
    """Whether the rows to count depend on the entity they belong to."""
    return any(
        node.op in ("attribute", KEPT) or node.op in STEPS
        for node in _row_nodes(row_expressions(aggregate))
    )


def row_expressions(aggregate: Aggregate) -> list[Expr]:
    """The expressions of an aggregate that are over its rows."""
    wheres = (step.where for step in aggregate.steps)
    parts = (aggregate.where, *wheres, aggregate.value, aggregate.weight)
    return [part for part in parts if part is not None]


def _row_nodes(roots: Iterable[Expr]) -> Iterable[Expr]:
    """The nodes of row expressions, but nothing inside the aggregates they read."""
    stack, seen = list(roots), set()
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen.add(node.id)
            yield node
            stack.extend(node.args)


def _scan(context: Context, nodes: list[Expr], relation: Relation) -> Scan:
    aggregates = [aggregate_of(node) for node in nodes]
    first = aggregates[0]
    covered = _widest(context, aggregates)
    joined = any(reads_entity(aggregate) for aggregate in aggregates)
    alias = "s0" if first.steps or joined else None
    scope = context.scope
    if joined:
        known = {id: column(name, "e") for id, name in relation.columns.items()}
        scope = Scope(scope.dialect, scope.binding, scope.entity, "e", known)
    as_timeline = checks(first.steps) if scope.dialect.timelines and not joined else None
    all_rows = _all_rows(context, aggregates, alias)
    reader = _Reader(context, scope, covered, alias, all_rows, as_timeline or ())
    reader = _computing(reader, aggregates)
    alone = ranks_rows(scope.dialect, first)
    if reader.checks or isinstance(first.window, LastEvents) or alone:
        return _selected_scan(reader, nodes, relation if joined else None)
    name = context.names.fresh(_scan_name(context, first))
    folds = [reader.fold(node) for node in nodes]
    # Behind an alias there is more than the one table.
    plain = alias is None
    wide = scope.dialect.packed if plain else None
    packed = Packed(tuple(folds))
    if wide is not None:
        packed = pack(folds, name, context.names, wide, scope.dialect.bigint)
    hoisted = hoist(packed.rest if plain else [], context.names)
    hoisted.columns.update(packed.columns)
    spelling = scope.dialect.spell(hoisted.folds if plain else folds, name)
    spelling.items.update(packed.items)
    spelling.results.update(packed.results)
    query = reader.select(spelling.items, aggregates, relation if joined else None)
    if hoisted.columns:
        query = query.from_(hoisted.source(reader.source(aggregates)), copy=False)
    query = query.group_by(reader.rows(first).key, copy=False)
    results = {node.id: spelling.results[context.column_of(node)] for node in nodes}
    return Scan(name, query, results)


def _scan_name(context: Context, aggregate: Aggregate) -> str:
    members = context.sources.catalog.members(aggregate.event)
    tables = {member.table.name for member in members}
    base = tables.pop() if len(tables) == 1 else aggregate.event
    if not aggregate.steps:
        return f"{base}_scan"
    step = aggregate.steps[0]
    link = "not_followed_by" if step.negated else "followed_by"
    return f"{aggregate.event}_{link}_{step.event}"


def _selection_name(context: Context, aggregate: Aggregate) -> str:
    if isinstance(aggregate.window, LastEvents):
        return f"{aggregate.event}_last_{aggregate.window.count}"
    return _scan_name(context, aggregate)


def _all_rows(context: Context, aggregates: Iterable[Aggregate], alias: str | None) -> Rows:
    """The rows of all events of a scan together."""
    catalog, dialect = context.sources.catalog, context.scope.dialect
    members = [m for a in aggregates for m in catalog.members(a.event)]
    unique = {member.name: member for member in members}
    key_type, chosen = catalog.entity.key.type, context.sources.chosen
    return Rows(dialect, "", tuple(unique.values()), key_type, alias, chosen=chosen)


def _widest(context: Context, aggregates: Iterable[Aggregate]) -> Bounds:
    covered = [bounds(a.window, context.scope.binding) for a in aggregates]
    afters = [b.after for b in covered]
    after = None if None in afters else earliest(*(a for a in afters if a is not None))
    return Bounds(after, latest(*(b.until for b in covered)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Lowers the aggregates of one scan, whose rows lie in `covered`."""

    context: Context
    scope: Scope
    covered: Bounds
    alias: str | None
    all_rows: Rows
    checks: tuple[Check, ...] = ()
    """The steps of a sequence where they are written as timelines, not as EXISTS."""
    computed: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """The columns of expressions over a row of an event, by its name and their id."""
    steps: tuple[Mapping[str, Tree], ...] = ()
    """These columns, step by step: those of one step read only earlier ones."""

    def rows(self, aggregate: Aggregate) -> Rows:
        return self.context.sources.rows(aggregate.event, self.covered, self.alias)

    def row_scope(self, aggregate: Aggregate) -> Scope:
        covered = bounds(aggregate.window, self.scope.binding)
        known = self.computed.get(aggregate.event, {})
        columns = {id: column(name, self.alias) for id, name in known.items()}
        scope = replace(self.scope, columns={**self.scope.columns, **columns})
        return scope.with_rows((self.rows(aggregate),), covered)

    def source(self, aggregates: Sequence[Aggregate]) -> exp.Table | exp.Subquery:
        """What stands after FROM: the rows; where something is computed of them first, that is
        beside them, and there are only those of the scan."""
        source: exp.Table | exp.Subquery = self.rows(aggregates[0]).source
        for number, step in enumerate(self.steps):
            name = source.alias_or_name
            items = [named(tree.copy(), title) for title, tree in step.items()]
            query = exp.select(exp.Star(), *items, copy=False).from_(source, copy=False)
            if number == 0:
                query = query.where(*self.conditions(aggregates), copy=False)
            source = exp.Subquery(this=query, alias=exp.TableAlias(this=identifier(name)))
        return source

    def fold(self, node: Expr) -> Fold:
        """An aggregate over the rows of the scan."""
        aggregate = aggregate_of(node)
        rows, scope = self.rows(aggregate), self.row_scope(aggregate)
        where = [] if aggregate.where is None else [lower(aggregate.where, scope, exact=False)]
        which = rows.condition()
        if which is not None and which != self.all_rows.condition():
            where.insert(0, which)
        covered = bounds(aggregate.window, self.scope.binding)
        value, finish = self.value(aggregate, scope)
        return Fold(
            name=self.context.column_of(node),
            kernel=aggregate.kernel,
            where=tuple(where),
            window=tuple(self.window(rows, covered)),
            covered=covered,
            rows=(aggregate.event, _id(aggregate.where), _counted(aggregate)),
            value=value,
            type=node.type if aggregate.value is None else aggregate.value.type,
            time=rows.time,
            value_is_time=is_event_time(aggregate.value),
            finish=finish,
        )

    def window(self, rows: Rows, covered: Bounds) -> list[Tree]:
        """The conditions of a window that the scan does not already have."""
        conditions = rows.within(covered)
        if covered.until == self.covered.until:
            conditions.pop()
        if covered.after is not None and covered.after == self.covered.after:
            conditions.pop(0)
        return conditions

    def value(self, aggregate: Aggregate, scope: Scope) -> tuple[Tree | None, Finish]:
        """What is folded, raw where it can be, and the conversion that remains."""
        value, rows = aggregate.value, scope.rows[0]
        if value is None or (aggregate.kernel is Kernel.COUNT and not value.type.nullable):
            return None, _as_is
        if aggregate.kernel in (Kernel.MIN, Kernel.MAX, Kernel.FIRST, Kernel.LAST):
            if is_event_time(value):
                return rows.time, rows.epoch
            if value.op == "property" and isinstance(value.param, tuple):
                raw = rows.raw(value.param[1])
                if raw is not None:
                    return raw
        return lower(value, scope), _as_is

    def conditions(self, aggregates: Sequence[Aggregate]) -> list[Tree]:
        """The WHERE of the scan: what is true of every row that any of them counts."""
        rows = self.rows(aggregates[0])
        conditions = [*rows.scanned(self.covered), *self.between(rows, aggregates), rows.usable()]
        which = None if rows.union else self.all_rows.condition()
        if which is not None:
            conditions.append(which)
        if not isinstance(aggregates[0].window, LastEvents):
            conditions += self.followed(aggregates[0])
        return conditions

    def between(self, rows: Rows, aggregates: Sequence[Aggregate]) -> list[Tree]:
        """That a row is in one of the intervals, where these are far from covering the scan.

        Asked only of chosen entities: a query over everybody has few such windows.
        """
        if rows.chosen is None:
            return []
        found = merged(bounds(a.window, self.scope.binding) for a in aggregates)
        if len(found) < 2:
            return []
        inside = any_of(all_of(rows.scanned(interval)) or exp.true() for interval in found)
        return [] if inside is None else [exp.Paren(this=inside)]

    def followed(self, aggregate: Aggregate) -> list[Tree]:
        """The steps of a sequence as conditions on a row, where they are not timelines."""
        if self.checks or not aggregate.steps:
            return []
        scope = self.scope.with_rows((self.rows(aggregate),))
        return followed(self.context.sources, scope, aggregate.steps, self.covered.after)

    def select(
        self, items: Mapping[str, Tree], aggregates: Sequence[Aggregate], joined: Relation | None
    ) -> exp.Select:
        """A select over the rows of the scan, joined with the entity where rows read it."""
        rows = self.rows(aggregates[0])
        columns = [named(rows.key, ENTITY_KEY)]
        columns += [named(tree, name) for name, tree in items.items()]
        query = exp.select(*columns, copy=False).from_(self.source(aggregates), copy=False)
        if joined is not None:
            entity = joined.source.copy()
            entity.set("alias", exp.TableAlias(this=exp.to_identifier("e", quoted=True)))
            key = self.scope.dialect.key(column(joined.key, "e"), rows.key_type)
            same = exp.EQ(this=key, expression=rows.key)
            query = query.join(entity, on=same, copy=False)
        return query if self.steps else query.where(*self.conditions(aggregates), copy=False)


def _computing(reader: _Reader, aggregates: Sequence[Aggregate]) -> _Reader:
    """The reader with what is to be computed of its rows first, if anything is."""
    if any(aggregate.steps for aggregate in aggregates):
        return reader
    by_event: dict[str, list[Aggregate]] = {}
    for aggregate in aggregates:
        by_event.setdefault(aggregate.event, []).append(aggregate)
    steps: list[dict[str, Tree]] = []
    for event, some in by_event.items():
        roots = [expr for aggregate in some for expr in row_expressions(aggregate)]
        for depth, nodes in enumerate(row_steps(roots, reader.scope.dialect)):
            scope = replace(reader.row_scope(some[0]), covered=reader.covered)
            made = {node.id: reader.context.names.fresh("value") for node in nodes}
            steps += [{}] if len(steps) == depth else []
            steps[depth] |= {made[node.id]: lower(node, scope) for node in nodes}
            known = {**reader.computed.get(event, {}), **made}
            reader = replace(reader, computed={**reader.computed, event: known})
    return replace(reader, steps=tuple(steps))


def collected(
    context: Context, node: Expr, items: Mapping[str, Tree], relation: Relation
) -> exp.Select:
    """The rows that a `COLLECT` counts: their entity, their time, the value, and more items."""
    aggregate = aggregate_of(node)
    assert aggregate.value is not None
    joined = relation if reads_entity(aggregate) else None
    scope, alias = context.scope, None
    if joined is not None:
        alias = "s0"
        known = {id: column(name, "e") for id, name in relation.columns.items()}
        scope = Scope(scope.dialect, scope.binding, scope.entity, "e", known)
    rows = _all_rows(context, [aggregate], alias)
    reader = _Reader(context, scope, _widest(context, [aggregate]), alias, rows)
    row = reader.row_scope(aggregate)
    value = lower(aggregate.value, row)
    query = reader.select({AT: row.rows[0].moment, VALUE: value, **items}, [aggregate], joined)
    if aggregate.where is not None:
        query = query.where(lower(aggregate.where, row, exact=False), copy=False)
    if aggregate.value.type.nullable:
        query = query.where(not_null(value.copy()), copy=False)
    return query


def _as_is(folded: Tree) -> Tree:
    return folded


def _selected_scan(reader: _Reader, nodes: list[Expr], joined: Relation | None) -> Scan:
    """A scan whose rows are selected in a step of their own, and folded in the next."""
    context, dialect = reader.context, reader.scope.dialect
    aggregates = [aggregate_of(node) for node in nodes]
    first = aggregates[0]
    rows, scope = reader.rows(first), reader.row_scope(first)
    folds = [reader.fold(node) for node in nodes]
    items: dict[str, Tree] = {AT: rows.time}
    # The last events are drawn before anything chooses among them. Otherwise a single aggregate
    # counts all rows that are selected.
    last = first.window if isinstance(first.window, LastEvents) else None
    only = folds[0].conditions if len(nodes) == 1 and last is None else []
    chosen = reader.followed(first) if last is not None else []
    for i, fold in enumerate(folds):
        condition = all_of([*fold.conditions, *(tree.copy() for tree in chosen)])
        if condition is not None and not only:
            items[f"{ranked.IF}_{i}"] = condition
        if fold.value is not None:
            items[f"{ranked.VALUE}_{i}"] = fold.value
    if first.weight is not None:
        items[ranked.WEIGHT] = lower(first.weight, scope)
    if last is not None:
        identity = rows.id
        items[ranked.ID] = dialect.binary_text(identity) if rows.id_kind in TEXTS else identity
    label = context.column_of(nodes[0]) if len(nodes) == 1 else _selection_name(context, first)
    step = _sequence(reader, label, items, aggregates, joined, only)
    if ranks_rows(dialect, first):
        which = column(f"{ranked.IF}_0") if f"{ranked.IF}_0" in items else None
        return _picked(context, nodes[0], ranked.Picked(step, which), folds[0].finish)
    scan = context.names.fresh(f"{label}_scan")
    over = [_over_columns(fold, i, items) for i, fold in enumerate(folds)]
    spelling = dialect.spell(over, scan)
    results = {node.id: spelling.results[context.column_of(node)] for node in nodes}
    return Scan(scan, ranked.fold_rows(step, spelling), results)


def _sequence(
    reader: _Reader,
    label: str,
    items: Mapping[str, Tree],
    aggregates: Sequence[Aggregate],
    joined: Relation | None,
    only: list[Tree],
) -> ranked.Step:
    """The step with the selected rows, sequences as timelines where they are."""
    context, first = reader.context, aggregates[0]
    scope = reader.row_scope(first)
    carried, moment = dict(items), {}
    if reader.checks:
        lines = Timelines(
            reader.scope, context.sources, context.names, context.steps, reader.covered.after
        )
        carried |= lines.keys(reader.checks, scope)
        moment = {MOMENT: scope.rows[0].moment}
    query = reader.select({**moment, **carried}, aggregates, joined).where(*only, copy=False)
    step = _step(context, f"{label}_rows", query)
    if isinstance(first.window, LastEvents):
        step = _step(context, f"{label}_latest", ranked.latest(step, first.window.count))
    if reader.checks:
        step = ranked.Step(lines.keep(step.name, tuple(carried), reader.checks))
    return step


def _over_columns(fold: Fold, number: int, items: Mapping[str, Tree]) -> Fold:
    """A fold over rows that are already selected."""
    condition, value = f"{ranked.IF}_{number}", f"{ranked.VALUE}_{number}"
    return replace(
        fold,
        where=(column(condition),) if condition in items else (),
        window=(),
        rows=(fold.name,),
        value=column(value) if value in items else None,
        time=column(AT),
    )


def _picked(context: Context, node: Expr, picked: ranked.Picked, finish: Finish) -> Scan:
    """A mode, or a first or last value, as the first of rows in order."""
    aggregate, dialect = aggregate_of(node), context.scope.dialect
    assert aggregate.value is not None
    type, name = aggregate.value.type, context.column_of(node)
    if aggregate.kernel is Kernel.MODE:
        weighted = aggregate.weight is not None
        query = ranked.weights(picked, dialect, type, weighted=weighted)
        order = ranked.heaviest(_step(context, f"{name}_weights", query))
    else:
        order = ranked.by_time(picked, dialect, type, aggregate.kernel)
    step = _step(context, f"{name}_ranks", order)
    scan = context.names.fresh(f"{name}_scan")
    found: Tree = column(name, scan)
    if aggregate.kernel is Kernel.MODE:
        found = dialect.unordered(found, type)
    result = finish(found)
    return Scan(scan, ranked.first_of(step, name), {node.id: result})


def _step(context: Context, name: str, query: exp.Query) -> ranked.Step:
    name = context.names.fresh(name)
    context.steps[name] = query
    return ranked.Step(name)


def _counted(aggregate: Aggregate) -> int | None:
    value = aggregate.value
    return value.id if value is not None and value.type.nullable else None
