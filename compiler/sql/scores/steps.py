"""The steps of a query that compute a score, or read it from the table of scores.

WITH churn_risk_columns AS (…),   the columns that the model makes of its features
     churn_risk_trees AS (…),     all nodes as lists, where the engine walks lists
     churn_risk_sum AS (…),       the sum of trees or of products, in as many steps as it needs
     churn_risk_link AS (…),      the logistic function, a calibration
     customer_churn_risk AS (…)   what there was, and the score beside it

Additions are made in the order of the model, so that the score is the same to the last bit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.nodes import Expr, Scored
from segue.compiler.scores.library import Models
from segue.compiler.scores.model import (
    Calibration,
    Centroids,
    Linear,
    Link,
    Model,
    Number,
    Sigmoid,
    Trees,
)
from segue.compiler.scores.scorer import model_of
from segue.compiler.sql.dialects.base import Dialect
from segue.compiler.sql.dialects.lists import Lists
from segue.compiler.sql.dialects.numbers import MAX_FLOAT
from segue.compiler.sql.names import Names
from segue.compiler.sql.scalar import Scope, lower
from segue.compiler.sql.scans import Relation
from segue.compiler.sql.scores.columns import Feature, column_tree, settled, standardised
from segue.compiler.sql.scores.forests import Cases, NodeLists, Read, count_nodes, node_lists
from segue.compiler.sql.scores.limits import reads_table, reason
from segue.compiler.sql.scores.numbers import Arithmetic
from segue.compiler.sql.scores.served import served, value_column
from segue.compiler.sql.trees import (
    Tree,
    add,
    bracket,
    case,
    coalesce,
    column,
    identifier,
    is_null,
    multiply,
    named,
    subtract,
)

TREES_IN_A_STEP = 20
"""So many trees are added in one expression: a longer one would be too deep for some engines."""
FEW_NODES = 200
"""A model of so many nodes is read as CASE, and is fast as that, everywhere."""

AddStep = Callable[[str, exp.Query], exp.Table]
"""Adds a step, which is to be computed once, and says what to select from."""


@dataclass(frozen=True, slots=True)
class ScoreSteps:
    """What the scores of one query share.

    `carried` are the columns that every step hands on, `named` the names of definitions, and
    `table` is the table of scores.
    """

    scope: Scope
    names: Names
    models: Models
    table: TableName
    carried: Sequence[str]
    named: Mapping[int, str]
    step: AddStep

    def score(self, nodes: Sequence[Expr], relation: Relation) -> Relation:
        """The relation with scores of one level beside it."""
        for node in nodes:
            assert isinstance(node.param, Scored)
            if reads_table(self.scope.dialect, self.models, node.param):
                relation = self._served(node, node.param, relation)
            else:
                relation = self._computed(node, node.param, relation)
        return relation

    def _name(self, node: Expr, scored: Scored) -> str:
        return self.named.get(node.id, scored.score.rpartition(".")[2])

    def _said(self, scored: Scored) -> str:
        """What stands beside the column: where its values come from, and why."""
        return f"{scored.score}: {reason(self.scope.dialect, self.models, scored)}"

    def _carried(self, relation: Relation) -> list[str]:
        return list(dict.fromkeys((*self.carried, *relation.columns.values())))

    def _served(self, node: Expr, scored: Scored, relation: Relation) -> Relation:
        title = self._name(node, scored)
        label = self.names.fresh(title)
        carried = self._carried(relation)
        value = _item(label, value_column(node.type), self._said(scored))
        query = served(self.scope, self.table, scored, value, carried, relation)
        source = self.step(title, query)
        return replace(relation, source=source, columns={**relation.columns, node.id: label})

    def _computed(self, node: Expr, scored: Scored, relation: Relation) -> Relation:
        title = self._name(node, scored)
        label = self.names.fresh(title)
        carried = self._carried(relation)
        model = model_of(self.models, scored)
        known = {id: column(name) for id, name in relation.columns.items()}
        scope = replace(self.scope, columns=known)
        features = [
            Feature(
                lower(arg, scope),
                arg.type.or_missing(arg.type.nullable or feature.type.nullable),
            )
            for arg, feature in zip(node.args, model.features, strict=True)
        ]
        chain = _Chain(
            self.scope.dialect, self.names, title, relation.source, tuple(carried), self.step
        )
        score = chain.run(model, features)
        query = chain.select([*map(column, carried), _item(label, score, self._said(scored))])
        source = self.step(f"with_{title}", query)
        return replace(relation, source=source, columns={**relation.columns, node.id: label})


class _Chain:
    """The steps of one score, each of which selects from the one before."""

    def __init__(
        self,
        dialect: Dialect,
        names: Names,
        title: str,
        source: exp.Table,
        carried: tuple[str, ...],
        step: AddStep,
    ) -> None:
        self.dialect, self.names, self.title = dialect, names, title
        self.source = source
        self._carried: tuple[str, ...] | None = carried
        self._step = step

    def select(self, items: Sequence[Tree]) -> exp.Select:
        """A select from the last step."""
        return exp.select(*items, copy=False).from_(self.source.copy(), copy=False)

    def add(self, part: str, columns: Mapping[str, Tree], *others: exp.Table) -> None:
        """A step with further columns beside what there is."""
        carried: list[Tree] = [exp.Star()]
        if self._carried is not None:
            # Of the entity's own table only what is needed.
            carried, self._carried = list(map(column, self._carried)), None
        elif others:
            carried = [exp.Column(this=exp.Star(), table=identifier(self.source.alias_or_name))]
        items = [named(tree, name) for name, tree in columns.items()]
        query = self.select([*carried, *items])
        for other in others:
            query = query.join(other.copy(), join_type="cross", copy=False)
        self.source = self._step(f"{self.title}_{part}", query)

    def run(self, model: Model, features: Sequence[Feature]) -> Tree:
        """The score, as an expression over the last step."""
        arithmetic = Arithmetic(self.dialect, self.names, lambda c: self.add("link", c))
        outputs = self._outputs(model, features)
        if model.link is Link.GREATEST:
            score = arithmetic.greatest(outputs, model.classes)
        else:
            (score,) = outputs
            if model.link is Link.LOGISTIC:
                score = arithmetic.logistic(score)
            if model.calibration is not None:
                score = self._calibrated(arithmetic, model.calibration, score)
            if not isinstance(score, exp.Column):
                score = arithmetic.named("score", score)
            score = arithmetic.bounded(model.kind, score)
        required = _required(model, features)
        if required:
            missing = exp.or_(*(is_null(tree.copy()) for tree in required), copy=False)
            score = case((missing, exp.null()), default=score)
        return score

    def _calibrated(self, arithmetic: Arithmetic, calibration: Calibration, score: Tree) -> Tree:
        if not isinstance(score, exp.Column):
            score = arithmetic.named("probability", score)
        if not isinstance(calibration, Sigmoid):
            return arithmetic.line(calibration, score)
        product = multiply(arithmetic.double(calibration.slope), score)
        line = add(product, arithmetic.double(calibration.offset))
        return arithmetic.logistic(arithmetic.named("logit", line))

    def _outputs(self, model: Model, features: Sequence[Feature]) -> list[Tree]:
        """The outputs of the function as columns."""
        match model.function:
            case Trees() as function if lists := self._lists(function):
                return self._walked(lists, model, function, features)
            case Trees() as function:
                names = self._columns(model, features)
                missing = _may_miss(model, features)
                return self._cases(function, dict(zip(names, missing, strict=True)))
            case Linear() as function:
                xs = self._standardised(model, function, features)
                sums = zip(function.intercepts, function.weights, strict=True)
                return self._summed([self._products(i, weights, xs) for i, weights in sums])
            case Centroids() as function:
                xs = self._standardised(model, function, features)
                return self._summed([self._distance(centre, xs) for centre in function.centroids])

    def _lists(self, function: Trees) -> Lists | None:
        """What walks the trees as lists; None where CASE is as good."""
        return self.dialect.lists if count_nodes(function) > FEW_NODES else None

    def _columns(self, model: Model, features: Sequence[Feature]) -> list[str]:
        """The columns of the model as columns of a step; their names."""
        names: dict[str, Tree] = {}
        for made in model.columns:
            name = self.names.fresh(model.features[made.feature].name)
            names[name] = column_tree(self.dialect, made, features[made.feature])
        self.add("columns", names)
        return list(names)

    def _standardised(
        self, model: Model, function: Linear | Centroids, features: Sequence[Feature]
    ) -> list[str]:
        names = self._columns(model, features)
        trees: dict[str, Tree] = {}
        for i, (name, made) in enumerate(zip(names, model.columns, strict=True)):
            inside = settled(self.dialect, column(name), features[made.feature].type)
            tree = standardised(self.dialect, inside, function.center[i], function.scale[i])
            trees[self.names.fresh(f"{name}_scaled")] = tree
        self.add("scaled", trees)
        return list(trees)

    def _cases(self, function: Trees, columns: Mapping[str, bool]) -> list[Tree]:
        cases = Cases(self.dialect, columns)
        totals: list[Tree] = [self.dialect.float_literal(start) for start in function.start]
        for first in range(0, len(function.trees), TREES_IN_A_STEP):
            some = function.trees[first : first + TREES_IN_A_STEP]
            totals = self._summed(
                [cases.added(total, some, output) for output, total in enumerate(totals)]
            )
        return self._divided(totals, function.divisor)

    def _divided(self, totals: list[Tree], divisor: float) -> list[Tree]:
        if divisor != 1.0:
            by = self.dialect.float_literal(divisor)
            totals = [self.dialect.divide(total, by.copy()) for total in totals]
        return self._summed(totals)

    def _summed(self, totals: Sequence[Tree]) -> list[Tree]:
        """Sums, one for each output, as columns of a step."""
        if all(isinstance(total, exp.Column) for total in totals):
            return list(totals)
        names = {self.names.fresh(f"{self.title}_total"): total for total in totals}
        self.add("sum", names)
        return [column(name) for name in names]

    def _products(self, intercept: float, weights: Sequence[float], xs: Sequence[str]) -> Tree:
        total = self.dialect.float_literal(intercept)
        for weight, x in zip(weights, xs, strict=True):
            total = add(total, multiply(self.dialect.float_literal(weight), column(x)))
        return total

    def _distance(self, centre: Sequence[float], xs: Sequence[str]) -> Tree:
        """Less the square of the distance from a centre."""
        total = self.dialect.float_literal(0.0)
        for place, x in zip(centre, xs, strict=True):
            difference = subtract(column(x), self.dialect.float_literal(place))
            total = add(total, multiply(bracket(difference), bracket(difference.copy())))
        return exp.Neg(this=bracket(total))

    # ------------------------------------------------------------------- lists

    def _walked(
        self, lists: Lists, model: Model, function: Trees, features: Sequence[Feature]
    ) -> list[Tree]:
        nodes = node_lists(function)
        columns = self._columns(model, features)
        missing = _may_miss(model, features)
        reads = [self._read(columns[r.column], r, missing[r.column]) for r in nodes.reads]
        row, leaves = self.names.fresh("row_of_columns"), self.names.fresh("leaves")
        trees = self._step(f"{self.title}_trees", _tables(lists, nodes))
        self.add("row", {row: lists.of(reads)})
        walk = lists.walk(nodes.roots, nodes.depth, column(row), trees.name)
        self.add("leaves", {leaves: walk}, trees)
        sums = [
            lists.sum_of_leaves(
                self.dialect.float_literal(start), column(leaves), column(f"value_{i}", trees.name)
            )
            for i, start in enumerate(function.start, start=1)
        ]
        if function.divisor != 1.0:
            by = self.dialect.float_literal(function.divisor)
            sums = [self.dialect.divide(total, by.copy()) for total in sums]
        names = {self.names.fresh(f"{self.title}_total"): total for total in sums}
        self.add("sum", names, trees)
        return [column(name) for name in names]

    def _read(self, name: str, read: Read, missing: bool) -> Tree:
        if not missing:
            return column(name)
        beyond = -MAX_FLOAT if read.missing_left else MAX_FLOAT
        return coalesce(column(name), self.dialect.float_literal(beyond))


def _may_miss(model: Model, features: Sequence[Feature]) -> list[bool]:
    """Which columns may be missing."""
    return [
        isinstance(made, Number) and made.missing is None and features[made.feature].type.nullable
        for made in model.columns
    ]


def _required(model: Model, features: Sequence[Feature]) -> list[Tree]:
    """The features without which there is no score; they are never missing in a warehouse."""
    if isinstance(model.function, Trees):
        return []
    may_miss = zip(model.columns, _may_miss(model, features), strict=True)
    return [features[made.feature].tree for made, missing in may_miss if missing]


def _item(name: str, tree: Tree, said: str) -> Tree:
    item = named(tree, name)
    item.add_comments([said])
    return item


def _tables(lists: Lists, nodes: NodeLists) -> exp.Select:
    """The one row of the lists of all nodes."""
    tables = {
        "feature": lists.literal(nodes.feature),
        "threshold": lists.literal(nodes.threshold),
        "below": lists.literal(nodes.below),
    }
    for i, values in enumerate(nodes.values, start=1):
        tables[f"value_{i}"] = lists.literal(values)
    items = [named(tree, name) for name, tree in tables.items()]
    said = f"{len(nodes.roots)} trees of {len(nodes.feature)} nodes, at most {nodes.depth} deep"
    items[0].add_comments([said])
    return exp.select(*items, copy=False)
