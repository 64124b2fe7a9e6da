"""The whole statement: every metric, segment and score asked for, in one query.

WITH purchases_scan AS (…),        one scan for each table of events
     customer_events AS (…),       a row for each entity, its aggregates beside it
     customer_standing AS (…),     how each stands among all
     customer_metrics AS (…)       what several definitions share
SELECT customer_id, …              what was asked for
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.demand import Narrowed, narrow
from segue.compiler.plan.moments import Moment
from segue.compiler.plan.nodes import Expr, is_step, level, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.plan.scores import score
from segue.compiler.plan.windows import Binding, from_microseconds
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import excess, refuse
from segue.compiler.sql.names import Names, describe
from segue.compiler.sql.populations import Standings
from segue.compiler.sql.rows import ENTITY_KEY, Sources, rows_of
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.scans import Context, Relation, Scan, aggregate_of, scans
from segue.compiler.sql.scores.steps import ScoreSteps
from segue.compiler.sql.stages import stages
from segue.compiler.sql.states import scan_state
from segue.compiler.sql.support import refusals
from segue.compiler.sql.trees import Tree, column, identifier, not_null, tidy
from segue.compiler.sql.working import TableOf, WorkingTable, needed
from segue.grammar.diagnostics import SegueError

FOLDS = frozenset({"aggregate", "state"})
SCORE_SUFFIX = "__score"
RESERVED = (ENTITY_KEY, "at", "value", "weight", "position", "e", "s0", "r")

Describe = Callable[[Definition], str]
"""The text of a definition, for the comment beside its column."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a query returns beside the key: values of metrics, and truths and scores of
    segments, by their full names. `Outputs.everything(plan)` is all metrics and segments."""

    metrics: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()

    @classmethod
    def everything(cls, plan: Plan) -> "Outputs":
        """All metrics and all segments."""
        return cls(tuple(plan.metrics), tuple(plan.segments))


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """A statement in one dialect. `columns` are those of its result, the key first.

    `working` are tables that it reads, to be made before it, in order.
    """

    dialect: str
    expression: exp.Query
    columns: tuple[str, ...]
    working: tuple[WorkingTable, ...] = ()

    def sql(self, *, pretty: bool = True) -> str:
        """The statement as text; `SegueError` where it is too large for the engine."""
        return fitting(self.expression, self.dialect, pretty=pretty)


@dataclass(frozen=True, slots=True)
class Output:
    """One column of a result."""

    name: str
    expr: Expr
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query up to its last step: what to select from, and how to write an expression there.

    Its `shared` steps are worth to be computed once. Those in `working` have tables of their own.
    """

    steps: dict[str, exp.Query]
    source: exp.Table
    scope: Scope
    key: str
    names: Names
    narrowed: Mapping[int, Expr]
    shared: frozenset[str] = field(default_factory=frozenset)
    once: frozenset[str] = field(default_factory=frozenset)
    constants: frozenset[str] = field(default_factory=frozenset)
    working: Mapping[str, exp.Table] = field(default_factory=dict)

    def condition(self, expr: Expr) -> Tree:
        """A condition for WHERE or CASE."""
        return lower(self.narrowed[expr.id], self.scope, exact=False)

    def value(self, expr: Expr) -> Tree:
        """A value to select."""
        return lower(self.narrowed[expr.id], self.scope)

    def select(self, *items: Tree) -> exp.Select:
        """A select from the last step, without the steps before it."""
        return exp.select(*items, copy=False).from_(self.source.copy(), copy=False)

    def select_everybody(self, *items: Tree) -> exp.Select:
        """The same without rows that have no key, which are nobody: for what is counted."""
        return self.select(*items).where(not_null(column(self.key)), copy=False)

    def finish(self, query: exp.Query, header: str) -> exp.Query:
        """The query with the steps before it and a comment above it, ready to be written."""
        steps = {n: step for n, step in self.steps.items() if n not in self.working}
        if self.working:
            steps = needed(query, steps)
        marked = self.shared if self.scope.dialect.materialize else frozenset()
        if self.scope.dialect.repeats:
            marked |= self.once
        # Planners copy a large constant into every place that reads it, many times.
        marked |= self.constants
        return self.scope.dialect.finish(with_steps(query, steps, marked, header))

    def working_tables(self, header: str) -> tuple[WorkingTable, ...]:
        """The tables that the finished query reads, each with its own query, in order."""
        return tuple(
            WorkingTable(table, self.finish(self.steps[name], header))
            for name, table in self.working.items()
        )


def compile_query(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    outputs: Outputs,
    describe: Describe | None = None,
) -> CompiledQuery:
    """One query with a row for each entity, and a column for each output."""
    columns = resolve(plan, outputs, describe)
    prepared = prepare(plan, binding, dialect(dialect_name), [o.expr for o in columns], describe)
    items: list[Tree] = [column(prepared.key)]
    for output in columns:
        items.append(item(output.name, prepared.value(output.expr), output.comment))
    query = prepared.finish(prepared.select(*items), header(binding))
    names = (prepared.key, *(output.name for output in columns))
    return CompiledQuery(dialect_name, query, names)


def resolve(plan: Plan, outputs: Outputs, describe: Describe | None = None) -> list[Output]:
    """The expressions behind the names of outputs."""
    found = []
    for name in outputs.metrics:
        definition = plan.metrics[name]
        found.append(Output(name, definition.expr, comment(definition, describe)))
    for name in outputs.segments:
        definition = plan.segments[name]
        found.append(Output(name, definition.expr, comment(definition, describe)))
    for name in outputs.scores:
        near = score(plan, plan.segments[name].expr)
        found.append(Output(name + SCORE_SUFFIX, near, f"how near to {name}, from 0 to 1"))
    return found


def prepare(
    plan: Plan,
    binding: Binding,
    target: Dialect,
    roots: Sequence[Expr],
    describe: Describe | None = None,
    chosen: Chosen | None = None,
    given: Given | None = None,
    working: TableOf | None = None,
) -> Prepared:
    """All steps of a query that computes the roots, but the last.

    Where some entities are `chosen`, only their events are read: what compares everybody with
    everybody is then wrong, and no root may do so. What is `given` is not computed. With
    `working`, shared steps are these tables. Raises `SegueError` where the engine has no way to
    compute one of the roots.
    """
    refused = tuple(refusals(plan, target, reachable(roots)))
    if refused:
        raise SegueError(refused)
    making = _Preparation(plan, binding, target, list(roots), describe, chosen, given, working)
    return making.run()


class _Preparation:
    """One query in the making."""

    def __init__(
        self,
        plan: Plan,
        binding: Binding,
        target: Dialect,
        roots: list[Expr],
        describe: Describe | None,
        chosen: Chosen | None,
        given: Given | None,
        table_of: TableOf | None,
    ) -> None:
        self.plan = plan
        self.target = target
        narrowed = narrow(plan.graph, roots)
        self.narrowed = narrowed.by_id
        self.roots = list(narrowed.roots)
        self.describe = describe
        self.entity = plan.catalog.entity
        self.scope = Scope(target, binding, self.entity)
        self.nodes = reachable(self.roots)
        self.names = Names(target.max_identifier)
        self.named = _definitions(plan, narrowed)
        self.steps: dict[str, exp.Query] = {}
        self.shared: set[str] = set()
        self.once: set[str] = set()
        self.constants: set[str] = set()
        self.table_of = table_of
        self.working: dict[str, exp.Table] = {}
        for name in (*RESERVED, self.entity.key.name, *self._attribute_columns()):
            self.names.reserve(name)
        for name in tables_of(plan.catalog):
            self.names.reserve(name)
        self.opened: dict[str, exp.Query] = {}
        if chosen is not None and not target.reopens:
            chosen, given = self._open_once(chosen, given)
        self.chosen = chosen
        self.given = given
        self.sources = Sources(plan.catalog, target, self.names, chosen)

    def run(self) -> Prepared:
        levels: dict[int, list[Expr]] = {}
        for node in self.nodes:
            if is_step(node):
                levels.setdefault(level(node), []).append(node)
        relation = self._entities()
        folded = [n for nodes in levels.values() for n in nodes if n.op in FOLDS]
        labels = {node.id: self._label(node) for node in folded}
        context = Context(self.scope, self.sources, self.names, labels, self.steps)
        for depth in sorted(levels):
            # What a step reads is of the levels below, so these may come one after the other.
            folds = [node for node in levels[depth] if node.op in FOLDS]
            compared = [node for node in levels[depth] if node.op == "population"]
            scored = [node for node in levels[depth] if node.op == "score"]
            if folds:
                relation = self._join(context, folds, relation)
            if compared:
                relation = self._stand(context, compared, relation)
            if scored:
                relation = self._score(context, scored, relation)
        relation = self._stages(relation)
        union_steps = {union.name: union.query for union in self.sources.unions.values()}
        scope = Scope(
            self.target,
            self.scope.binding,
            self.entity,
            None,
            {id: column(name) for id, name in relation.columns.items()},
        )
        steps = {**self.opened, **union_steps, **self.steps}
        shared = frozenset(self.shared)
        return Prepared(
            steps,
            relation.source,
            scope,
            relation.key,
            self.names,
            self.narrowed,
            shared,
            frozenset(self.once),
            frozenset(self.constants),
            self.working,
        )

    def _shared(self, title: str, query: exp.Query) -> exp.Table:
        """A step that several others read."""
        name = self.names.fresh(title)
        self.steps[name] = query
        self.shared.add(name)
        if self.table_of is None:
            return exp.Table(this=identifier(name))
        self.working[name] = self.table_of(name)
        table = self.working[name].copy()
        table.set("alias", exp.TableAlias(this=identifier(name)))
        return table

    def _entities(self) -> Relation:
        """The table of the entity; or a step with those chosen, and with what is given."""
        key = self.entity.key.name
        if self.chosen is None and self.given is None:
            return Relation(rows_of(self.entity.table, key), key)
        items: list[Tree] = [column(name, "r") for name in (key, *self._attribute_columns())]
        query = exp.select(*items, copy=False).from_(
            rows_of(self.entity.table, key, "r"), copy=False
        )
        columns: dict[int, str] = {}
        if self.given is not None:
            query = self.given.joined(query, self._apart(column(key, "r")))
            for node in self.nodes:
                if node.id in self.given.values:
                    columns[node.id] = self.names.fresh("kept")
                    value = self.given.values[node.id].copy()
                    query = query.select(item(columns[node.id], value, None), copy=False)
        if self.chosen is not None:
            query = query.where(self.chosen.holds(column(key, "r"), self._apart), copy=False)
        return Relation(self._shared(f"{self.entity.name}_chosen", query), key, columns)

    def _apart(self, key: Tree) -> Tree:
        """What tells a key apart from others."""
        return self.target.key(key, self.entity.key.type)

    def _open_once(self, chosen: Chosen, given: Given | None) -> tuple[Chosen, Given | None]:
        """Those chosen, from a step that alone opens their table."""
        name = self.names.fresh("chosen")
        self.opened[name] = exp.select("*").from_(chosen.table.copy())
        step = exp.Table(this=identifier(name))
        same = None if given is None else given.instead(chosen.table, step)
        return Chosen(step, chosen.column), same

    def _attribute_columns(self) -> list[str]:
        """The columns of the entity that anything reads, the key apart."""
        names = [str(node.param) for node in self.nodes if node.op == "attribute"]
        key = self.entity.key.name
        columns = [self.entity.attributes[name].column for name in names if name != key]
        return [name for name in dict.fromkeys(columns) if name != key]

    def _label(self, node: Expr) -> str:
        definition = self.named.get(node.id)
        if definition is not None:
            return self.names.fresh(definition.name)
        return self.names.fresh("state" if node.op == "state" else describe(aggregate_of(node)))

    def _join(self, context: Context, nodes: list[Expr], relation: Relation) -> Relation:
        """A step with a row for each entity and the folds of one level beside it."""
        found = scans(context, [node for node in nodes if node.op == "aggregate"], relation)
        found += [scan_state(context, n, relation) for n in nodes if n.op == "state"]
        carried = [relation.key, *self._attribute_columns(), *relation.columns.values()]
        items: list[Tree] = [column(name, "r") for name in dict.fromkeys(carried)]
        for node in nodes:
            result = next(scan.results[node.id] for scan in found if node.id in scan.results)
            definition = self.named.get(node.id)
            text = comment(definition, self.describe) if definition else None
            items.append(item(context.labels[node.id], result, text))
        entity = relation.source.copy()
        entity.set("alias", exp.TableAlias(this=identifier("r")))
        query = exp.select(*items, copy=False).from_(entity, copy=False)
        for scan in found:
            self.steps[scan.name] = scan.query
            key = self._apart(column(relation.key, "r"))
            query = _left_join(query, scan, key)
        source = self._shared(f"{self.entity.name}_events", query)
        columns = {**relation.columns, **{node.id: context.labels[node.id] for node in nodes}}
        return Relation(source, relation.key, columns)

    def _stand(self, context: Context, nodes: list[Expr], relation: Relation) -> Relation:
        """Steps with how each entity stands among all."""

        def step(title: str, query: exp.Select) -> exp.Table:
            return self._shared(f"{self.entity.name}_{title}", query)

        carried = (relation.key, *self._attribute_columns())
        named = {id: definition.name for id, definition in self.named.items()}
        return Standings(context.scope, context.names, carried, named, step).stand(nodes, relation)

    def _score(self, context: Context, nodes: list[Expr], relation: Relation) -> Relation:
        """Steps with what models say of each entity."""

        def step(title: str, query: exp.Query) -> exp.Table:
            name = self.names.fresh(title)
            self.steps[name] = query
            self.once.add(name)
            if not query.args.get("from_"):
                self.constants.add(name)
            return exp.Table(this=identifier(name))

        return ScoreSteps(
            context.scope,
            context.names,
            self.plan.models,
            self.plan.score_table,
            (relation.key, *self._attribute_columns()),
            {id: definition.name for id, definition in self.named.items()},
            step,
        ).score(nodes, relation)

    def _stages(self, relation: Relation) -> Relation:
        """Steps for what several outputs share."""
        named = {id: definition.name for id, definition in self.named.items()}
        for step in stages(self.roots, relation.columns, named).steps:
            known = {id: column(name) for id, name in relation.columns.items()}
            scope = Scope(self.target, self.scope.binding, self.entity, None, known)
            items: list[Tree] = [exp.Star()]
            columns = dict(relation.columns)
            for node in step:
                definition = self.named.get(node.id)
                columns[node.id] = self.names.fresh(definition.name if definition else "shared")
                text = comment(definition, self.describe) if definition else None
                items.append(item(columns[node.id], lower(node, scope), text))
            query = exp.select(*items, copy=False).from_(relation.source.copy(), copy=False)
            source = self._shared(f"{self.entity.name}_metrics", query)
            relation = Relation(source, relation.key, columns)
        return relation


def tables_of(catalog: Catalog) -> set[str]:
    """The names of the tables that a catalog reads, which nothing else may take."""
    events = (catalog.members(event) for event in catalog.events)
    return {catalog.entity.table.name, *(m.table.name for members in events for m in members)}


def _definitions(plan: Plan, narrowed: Narrowed) -> dict[int, Definition]:
    """The definition of each expression that has a name, the first where it has several.

    What has another value than its definition, since no condition can tell, has no name.
    """
    found: dict[int, Definition] = {}
    groups: Iterable[Mapping[str, Definition]] = (plan.metrics, plan.conditions, plan.segments)
    for group in groups:
        for definition in group.values():
            node = narrowed.by_id.get(definition.expr.id)
            if node is not None and definition.expr.id not in narrowed.changed:
                found.setdefault(node.id, definition)
    return found


def _left_join(query: exp.Select, scan: Scan, key: Tree) -> exp.Select:
    same = exp.EQ(this=column(ENTITY_KEY, scan.name), expression=key)
    other = exp.Table(this=identifier(scan.name))
    return query.join(other, on=same, join_type="left", copy=False)


def item(name: str, tree: Tree, comment: str | None) -> Tree:
    """A select item, with a comment beside it."""
    plain = isinstance(tree, exp.Column) and tree.name == name
    item = tree if plain else exp.Alias(this=tree, alias=identifier(name))
    if comment:
        item.add_comments([comment])
    return item


def comment(definition: Definition, describe: Describe | None) -> str | None:
    """What is said beside the column of a definition."""
    parts = [definition.title, describe(definition) if describe else ""]
    text = ": ".join(part for part in parts if part)
    return safe_comment(text) if text else None


def safe_comment(text: str) -> str:
    """Text that cannot end the comment it stands in."""
    return " ".join(text.split()).replace("*/", "* /").replace("/*", "/ *")


def header(binding: Binding) -> str:
    """The comment above a query: what it was bound to."""
    if isinstance(binding.as_of, Moment):
        return f"calendar days of {binding.zone.key}"
    moment = from_microseconds(binding.as_of).replace(tzinfo=None).isoformat(" ")
    return f"as of {moment} UTC, calendar days of {binding.zone.key}"


def with_steps(
    query: exp.Query, steps: Mapping[str, exp.Query], marked: Container[str], header: str
) -> exp.Query:
    """A query with the steps before it; the marked ones are to be computed only once."""
    ctes = [
        exp.CTE(
            this=step,
            alias=exp.TableAlias(this=identifier(name)),
            materialized=True if name in marked else None,
        )
        for name, step in steps.items()
    ]
    if ctes:
        query.set("with_", exp.With(expressions=ctes))
    tidy(query)
    query.comments = [header]
    return query


def fitting(tree: exp.Expr, dialect_name: str, *, pretty: bool) -> str:
    """The text of a statement within the limits of its engine: without layout where only so.

    Raises `SegueError` for one that is too large.
    """
    target = dialect(dialect_name)
    text = generate(tree, dialect_name, pretty=pretty)
    found = excess(target.limits, tree, len(text.encode()))
    if found is not None and pretty:
        text = generate(tree, dialect_name, pretty=False)
        found = excess(target.limits, tree, len(text.encode()))
    if found is not None:
        raise refuse(target.title, found)
    return text


def check_size(tree: exp.Expr, dialect_name: str, room: int) -> None:
    """Raises `SegueError` where a statement, and `room` bytes around it, are too large."""
    target = dialect(dialect_name)
    size = 0
    if target.limits.size is not None:
        size = room + len(generate(tree, dialect_name, pretty=False).encode())
    found = excess(target.limits, tree, size)
    if found is not None:
        raise refuse(target.title, found)


def generate(tree: exp.Expr, dialect_name: str, *, pretty: bool) -> str:
    """The text of a tree in a dialect; every identifier is quoted."""
    text: str = tree.sql(dialect=dialect(dialect_name).sqlglot, pretty=pretty, identify=True)
    return text
