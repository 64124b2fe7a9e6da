"""Statements around the query: members as a table, as views, and as words of flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from sqlglot import exp

from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql import masks
from segue.compiler.sql.chosen import Chosen, Given
from segue.compiler.sql.cuts import Steps
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.limits import in_parts
from segue.compiler.sql.query import (
    CompiledQuery,
    Describe,
    Outputs,
    Prepared,
    check_size,
    comment,
    compile_query,
    fitting,
    header,
    item,
    prepare,
    tables_of,
)
from segue.compiler.sql.trees import (
    Tree,
    case,
    cast,
    column,
    identifier,
    integer,
    string,
)
from segue.compiler.sql.working import TableOf
from segue.compiler.types import Kind

WORD_BITS = 62
"""Flags in one word: the sum of all of them stays within 64 signed bits everywhere."""
ROOM = 300
"""Bytes of a statement around the query that fills a table, at the most."""
MANY = 20
"""Segments from which masks are used: fewer are fast enough, and read better, as CASE."""


class NameTaken(ValueError):
    """A table or view of a script would take the place of another one."""


@dataclass(frozen=True, slots=True)
class CompiledScript:
    """Statements in one dialect, to be run in order."""

    dialect: str
    statements: tuple[exp.Expr, ...]

    def sql(self, *, pretty: bool = True) -> str:
        """The statements as text, each ended by a semicolon.

        Raises `SegueError` where one is too large for the engine.
        """
        texts = (fitting(s, self.dialect, pretty=pretty) for s in self.statements)
        return "".join(f"{text};\n\n" for text in texts).rstrip("\n") + "\n"


def compile_flags(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    roots: Sequence[Expr | None],
    chosen: Chosen | None = None,
    given: Given | None = None,
    working: TableOf | None = None,
) -> CompiledQuery:
    """The truths of conditions as bits: condition `i` is bit `i % 62` of `word_{i // 62}`.

    A bit without a condition, `None`, is 0. Of all entities, or of those chosen; from what is given
    of them. With `working`, what the conditions share is in tables that are made before.
    """
    target = dialect(dialect_name)
    there = [root for root in roots if root is not None]
    prepared = prepare(plan, binding, target, there, chosen=chosen, given=given, working=working)
    split = [roots[start : start + WORD_BITS] for start in range(0, len(roots), WORD_BITS)]
    if target.byte is not None and len(there) >= MANY:
        prepared, words = _words_of_masks(plan, prepared, target, split)
    else:
        words = [_word_of_cases(prepared, word) for word in split]
    names = [prepared.names.fresh(f"word_{i}") for i in range(len(words))]
    items: list[Tree] = [column(prepared.key)]
    items += [
        item(name, cast(w, target.bigint), None) for name, w in zip(names, words, strict=True)
    ]
    query = prepared.finish(prepared.select(*items), header(binding))
    tables = prepared.working_tables(header(binding))
    return CompiledQuery(dialect_name, query, (prepared.key, *names), tables)


def _word_of_cases(prepared: Prepared, roots: Sequence[Expr | None]) -> Tree:
    """A word as a sum of its flags."""
    flags: list[Tree] = [
        case((prepared.condition(root), integer(1 << bit)), default=integer(0))
        for bit, root in enumerate(roots)
        if root is not None
    ]
    return reduce(_add, flags) if flags else integer(0)


def _add(left: Tree, right: Tree) -> Tree:
    return exp.Add(this=left, expression=right)


def _words_of_masks(
    plan: Plan, prepared: Prepared, target: Dialect, words: Sequence[Sequence[Expr | None]]
) -> tuple[Prepared, list[Tree]]:
    """Each word as its bytes, which are made of masks in further steps of the query."""
    assert target.byte is not None
    found = masks.Masks(plan.graph, prepared.scope, prepared.names, target.byte)
    flags: dict[str, Tree] = {}
    items = []
    for word in words:
        conditions = [None if root is None else prepared.narrowed[root.id] for root in word]
        names = []
        for first in range(0, len(word), masks.BYTE_BITS):
            names.append(prepared.names.fresh(f"flags_{len(flags)}"))
            flags[names[-1]] = found.byte(conditions[first : first + masks.BYTE_BITS])
        items.append(masks.word_of(names, target.bigint))
    for title, columns in (("tests", found.tests), ("flags", flags)):
        name = prepared.names.fresh(f"{plan.catalog.entity.name}_{title}")
        prepared.steps[name] = masks.step(prepared.key, columns, prepared.source)
        prepared = replace(prepared, source=exp.Table(this=identifier(name)))
    return prepared, items


def compile_members(
    plan: Plan, binding: Binding, dialect_name: str, segments: Sequence[str]
) -> CompiledQuery:
    """One row for each member of each segment: `segment` and the key."""
    roots = {name: plan.segments[name].expr for name in segments}
    return _members(plan, binding, dialect_name, roots)


def _members(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    roots: Mapping[str, Expr],
    given: Given | None = None,
) -> CompiledQuery:
    """The same for conditions by the name of their segment, from what is given."""
    target = dialect(dialect_name)
    prepared = prepare(plan, binding, target, list(roots.values()), given=given)
    flags = {name: f"is_{i}" for i, name in enumerate(roots)}
    items: list[Tree] = [column(prepared.key)]
    for name, root in roots.items():
        items.append(item(flags[name], prepared.value(root), name))
    step = prepared.names.fresh("flags")
    prepared.steps[step] = prepared.select(*items)
    query: exp.Query | None = _members_of(prepared, step, "", exp.false())
    if roots:
        query = target.unpivoted(step, prepared.key, flags)
    if query is None:
        branches = [_members_of(prepared, step, name, column(flag)) for name, flag in flags.items()]
        query = _joined(branches, target)
    prepared = replace(prepared, shared=prepared.shared | {step})
    finished = prepared.finish(query, header(binding))
    return CompiledQuery(dialect_name, finished, ("segment", prepared.key))


def compile_members_in_parts(
    plan: Plan, binding: Binding, dialect_name: str, segments: Sequence[str]
) -> list[CompiledQuery]:
    """The members of each segment in as many queries as the engine needs, mostly one."""

    def write(some: Sequence[str]) -> CompiledQuery:
        query = compile_members(plan, binding, dialect_name, some)
        query.sql(pretty=False)
        return query

    return in_parts(segments, write)


def _joined(queries: Sequence[exp.Query], target: Dialect) -> exp.Query:
    """The rows of all queries, in a UNION inside a UNION where an engine takes few at once."""
    limit = target.limits.branches
    most = len(queries) if limit is None else limit.most
    if len(queries) > most:
        groups = [queries[first : first + most] for first in range(0, len(queries), most)]
        names = (identifier(f"part_{number}") for number in range(1, len(groups) + 1))
        inner = (
            exp.Subquery(this=_joined(group, target), alias=exp.TableAlias(this=name))
            for group, name in zip(groups, names, strict=True)
        )
        queries = [exp.select(exp.Star()).from_(part, copy=False) for part in inner]
    query = queries[0]
    for other in queries[1:]:
        query = exp.union(query, other, distinct=False, copy=False)
    return query


def _members_of(prepared: Prepared, step: str, segment: str, condition: Tree) -> exp.Select:
    return (
        exp.select(
            exp.alias_(string(segment), "segment", quoted=True), column(prepared.key), copy=False
        )
        .from_(exp.Table(this=identifier(step)))
        .where(condition, copy=False)
    )


def compile_script(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    outputs: Outputs,
    table: str = "segments",
    form: Literal["long", "wide"] = "long",
    describe: Describe | None = None,
) -> CompiledScript:
    """A script that makes a table anew: of members (`long`), or of all outputs (`wide`).

    Members go in by as many statements as it takes to stay within the limits of the engine; those
    of a segment that is too large for one come from further tables, which are dropped after it.
    Raises `NameTaken` for a table that the catalog reads.
    """
    _refuse_tables_of(plan, table)
    target = dialect(dialect_name)
    stored = target.stored(table)
    drop = _drop(exp.Table(this=identifier(stored)))
    if form == "wide":
        query = compile_query(plan, binding, dialect_name, outputs, describe)
        create = _create("TABLE", stored, query.expression)
        return CompiledScript(dialect_name, (drop, create))

    def part_of(title: str) -> exp.Table:
        _refuse_tables_of(plan, f"{table}_{title}")
        return exp.Table(this=identifier(target.stored(f"{table}_{title}")))

    def write(some: Sequence[str]) -> CompiledQuery:
        roots = {name: plan.segments[name].expr for name in some}
        if len(some) != 1:
            return fitted(_members(plan, binding, dialect_name, roots))
        key = "BIGINT" if plan.catalog.entity.key.type.kind is Kind.INT else target.text_key
        steps = Steps(plan, binding, dialect_name, part_of, key)
        return steps.compile(
            roots[some[0]],
            lambda root, given: fitted(
                _members(plan, binding, dialect_name, {some[0]: root}, given)
            ),
        )

    def fitted(query: CompiledQuery) -> CompiledQuery:
        check_size(query.expression, dialect_name, ROOM)
        return query

    statements: list[exp.Expr] = [drop]
    for number, part in enumerate(in_parts(outputs.segments, write)):
        for made in part.working:
            statements += [_drop(made.table), _create("TABLE", made.table.name, made.query)]
        create = _create("TABLE", stored, part.expression)
        statements.append(_insert(create) if number else create)
        statements += [_drop(made.table) for made in part.working]
    return CompiledScript(dialect_name, tuple(statements))


def _drop(table: exp.Table) -> exp.Drop:
    return exp.Drop(tables=[table.copy()], kind="TABLE", exists=True)


def compile_views(
    plan: Plan,
    binding: Binding,
    dialect_name: str,
    segments: Sequence[str],
    prefix: str = "",
    describe: Describe | None = None,
) -> CompiledScript:
    """A view for each segment, with the keys of its members.

    Raises `NameTaken` where two would have one name, or one that of a table the catalog reads.
    """
    target = dialect(dialect_name)
    statements: list[exp.Expr] = []
    views: dict[str, str] = {}
    for name in segments:
        definition = plan.segments[name]
        prepared = prepare(plan, binding, target, [definition.expr], describe)
        query = prepared.select(column(prepared.key))
        query = query.where(prepared.condition(definition.expr), copy=False)
        said = comment(definition, describe)
        above = f"{name}, {header(binding)}" + (f": {said}" if said else "")
        view = prefix + name.replace(".", "_")
        # A longer name is cut off without an error, and engines ignore case.
        first = views.setdefault(view.lower()[: target.max_identifier], name)
        if first != name:
            raise NameTaken(f"the segments `{first}` and `{name}` would both be the view `{view}`")
        _refuse_tables_of(plan, view)
        view = target.stored(view)
        drop = exp.Drop(tables=[exp.Table(this=identifier(view))], kind="VIEW", exists=True)
        statements += [drop, _create("VIEW", view, prepared.finish(query, above))]
    return CompiledScript(dialect_name, tuple(statements))


def _refuse_tables_of(plan: Plan, name: str) -> None:
    if name.lower() in (table.lower() for table in tables_of(plan.catalog)):
        raise NameTaken(f"`{name}` is a table that the catalog reads: the script would replace it")


def _insert(create: exp.Expr) -> exp.Insert:
    """What fills a table further, in place of what would make it."""
    insert = exp.Insert(this=create.this, expression=create.expression)
    insert.comments = create.comments
    return insert


def _create(kind: str, name: str, query: exp.Query) -> exp.Create:
    # A comment above a WITH inside a CREATE is lost on the way: it belongs to the statement.
    comments, query.comments = query.comments, None
    create = exp.Create(this=exp.Table(this=identifier(name)), kind=kind, expression=query)
    create.comments = comments
    return create
