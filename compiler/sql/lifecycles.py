"""The moves of everybody in a lifecycle: one statement over the stages they are in.

The present stage of each entity stands beside its conditions; a CASE over the stage says which
of them matter and what the next stage is.
"""

from collections.abc import Callable, Sequence

from sqlglot import exp

from segue.compiler.plan.lifecycles import Lifecycle, Reason, Stage
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import CompiledQuery, header, item, prepare
from segue.compiler.sql.trees import (
    Tree,
    any_of,
    case,
    coalesce,
    column,
    identifier,
    is_null,
    not_null,
    null,
    string,
)

BEFORE, AFTER, REASON = "from_stage", "to_stage", "reason"
MOVES = ("key", BEFORE, AFTER, REASON)
"""The columns of `moves`."""
ENTERS = "enters"
"""Whether an entity without a stage finds an entry that holds."""

Truth = Callable[[Expr], Tree]
"""A condition where the statement stands; unknown counts as false."""
Name = Callable[[str | None], Tree]
"""How a stage, or None, is written."""


def stage_name(stage: str | None) -> Tree:
    """A stage by its name."""
    return null() if stage is None else string(stage)


def next_stage(lifecycle: Lifecycle, present: Tree, truth: Truth, named: Name = stage_name) -> Tree:
    """The stage after one evaluation of who is in `present`, which may be missing."""
    branches = [
        exp.If(this=named(stage.name), true=_choice(lifecycle, stage, truth, named))
        for stage in lifecycle.stages.values()
    ]
    start = _choice(lifecycle, None, truth, named)
    # Names `present` once, so that a chain of evaluations grows by addition only.
    return exp.Case(this=present.copy(), ifs=branches, default=start)


def _choice(lifecycle: Lifecycle, present: Stage | None, truth: Truth, named: Name) -> Tree:
    """The next stage of who is in `present`: entries first, then the exit, else as it is."""
    branches: list[tuple[Tree, Tree]] = []
    for tried in lifecycle.tried_from(None if present is None else present.name):
        assert tried.enter is not None
        branches.append((truth(tried.enter), named(tried.name)))
    if present is not None and present.exit is not None:
        branches.append((truth(present.exit), named(None)))
    otherwise = named(lifecycle.initial if present is None else present.name)
    return case(*branches, default=otherwise) if branches else otherwise


def moves(
    lifecycle: Lifecycle,
    key: Tree,
    source: exp.Expr,
    stages: exp.Table,
    truth: Truth,
) -> exp.Select:
    """Who moves from which stage to which, and why: the columns of `MOVES`.

    `source` has a row for each entity, `stages` the columns `lifecycle`, `key` and `stage` of
    those in a stage.
    """
    stages = stages.copy()
    stages.set("alias", exp.TableAlias(this=identifier("s")))
    present = column("stage", "s")
    entries = [stage.enter for stage in lifecycle.tried_from(None) if stage.enter is not None]
    items = [
        exp.alias_(key.copy(), "key", quoted=True),
        exp.alias_(present, BEFORE, quoted=True),
        exp.alias_(next_stage(lifecycle, present, truth), AFTER, quoted=True),
    ]
    if lifecycle.initial is not None:
        enters = any_of(truth(entry) for entry in entries) or exp.false()
        items.append(exp.alias_(case((enters, exp.true())), ENTERS, quoted=True))
    here = exp.and_(
        exp.EQ(this=column("lifecycle", "s"), expression=string(lifecycle.name)),
        exp.EQ(this=column("key", "s"), expression=key.copy()),
    )
    everybody = exp.select(*items, copy=False).from_(source).join(stages, on=here, join_type="left")
    nobody = string("")
    different = exp.NEQ(
        this=coalesce(column(BEFORE), nobody), expression=coalesce(column(AFTER), nobody.copy())
    )
    return (
        exp.select(
            column("key"),
            column(BEFORE),
            column(AFTER),
            exp.alias_(_reason(lifecycle), REASON, quoted=True),
            copy=False,
        )
        .from_(exp.Subquery(this=everybody, alias=exp.TableAlias(this=identifier("everybody"))))
        .where(different, copy=False)
    )


def _reason(lifecycle: Lifecycle) -> Tree:
    """Why somebody is in another stage than before, over the columns of `everybody`."""
    known = [string(name) for name in lifecycle.stages]
    entered: Tree = string(Reason.ENTERED)
    if lifecycle.initial is not None:
        entered = case((column(ENTERS), entered), default=string(Reason.STARTED))
    return case(
        (is_null(column(BEFORE)), entered),
        (
            exp.Not(this=exp.In(this=column(BEFORE), expressions=known)),
            string(Reason.STAGE_REMOVED),
        ),
        (not_null(column(AFTER)), string(Reason.PROGRESSED)),
        default=string(Reason.EXITED),
    )


def compile_moves(
    plan: Plan, binding: Binding, dialect_name: str, lifecycle: Lifecycle, stages: exp.Table
) -> CompiledQuery:
    """The one statement of a lifecycle: who moves at an instant, from and to which stage.

    `stages` is the table that holds the stage each entity is in: `lifecycle`, `key`, `stage`.
    """
    target = dialect(dialect_name)
    conditions: Sequence[Expr] = lifecycle.conditions
    prepared = prepare(plan, binding, target, conditions)
    names = {c.id: prepared.names.fresh(f"truth_{i}") for i, c in enumerate(conditions)}
    truths = [
        item(names[c.id], case((prepared.condition(c), exp.true()), default=exp.false()), None)
        for c in conditions
    ]
    step = prepared.names.fresh(f"{plan.catalog.entity.name}_truths")
    prepared.steps[step] = prepared.select(column(prepared.key), *truths)
    query = moves(
        lifecycle,
        column(prepared.key, step),
        exp.Table(this=identifier(step)),
        stages,
        lambda condition: column(names[condition.id], step),
    )
    finished = prepared.finish(query, f"{lifecycle.name}, {header(binding)}")
    return CompiledQuery(dialect_name, finished, MOVES)
