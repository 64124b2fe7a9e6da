"""A forest over made-up customers, as scikit-learn has it and as Segue has it."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Attribute, Catalog, Column, Entity, TableName
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Graph, Scored
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.library import Header, Known
from segue.compiler.scores.model import Feature, Model, Number, ScoreKind
from segue.compiler.sql.query import Outputs, compile_query
from segue.compiler.types import FLOAT, PROBABILITY, Kind, Type
from segue.grammar import ast
from segue.grammar.span import NOWHERE
from segue.runtime.scores.translate import as_probability, function_of

TABLE, KEY, SCORE = "customers", "id", "churn_risk"
COLUMNS = 30


@dataclass(frozen=True)
class Forest:
    """The rows, the estimator of scikit-learn, the model of Segue and a plan that uses it."""

    rows: Any
    estimator: Any
    model: Model
    plan: Plan

    def sql(self, dialect: str) -> str:
        """The query of everybody's score."""
        binding = Binding(0, ZoneInfo("UTC"))
        query = compile_query(self.plan, binding, dialect, Outputs(metrics=(SCORE,)))
        return query.sql(pretty=False)


def grow(rows: int, trees: int, depth: int) -> Forest:
    """A forest of classification: counts and amounts, a label with much noise."""
    import numpy
    from sklearn.ensemble import RandomForestClassifier

    random = numpy.random.default_rng(1)
    values = numpy.exp(random.normal(size=(rows, COLUMNS)))
    values[:, : COLUMNS // 2] = numpy.floor(values[:, : COLUMNS // 2] * 3)
    signal = values[:, 0] * 0.2 + values[:, 1] * 0.1 - values[:, 16] + values[:, 17] * 0.3
    label = signal + random.normal(size=rows) * 1.5 > 0.3
    estimator = RandomForestClassifier(trees, max_depth=depth, random_state=42)
    estimator.fit(values, label)
    function, link = as_probability(function_of(estimator, COLUMNS, None))
    features = tuple(Feature(f"f{i}", FLOAT, "") for i in range(COLUMNS))
    columns = tuple(Number(i) for i in range(COLUMNS))
    model = Model(ScoreKind.PROBABILITY, features, columns, function, link)
    return Forest(values, estimator, model, _plan(model))


def _plan(model: Model) -> Plan:
    attributes = {
        f.name: Attribute(name=f.name, column=f.name, type=f.type) for f in model.features
    }
    entity = Entity(
        name="customer",
        table=TableName(TABLE),
        key=Column(name=KEY, type=Type(Kind.INT)),
        attributes=attributes,
    )
    catalog = Catalog(entity=entity)
    build = Build(Graph(), catalog)
    args = [build.graph.make("attribute", param=f.name, type=f.type) for f in model.features]
    header = Header(SCORE, 1, "a digest", model.kind, model.features)
    node = build.score(Scored(SCORE, 1, header.digest), args, PROBABILITY)
    name = ast.Identifier(span=NOWHERE, text=SCORE)
    source = ast.Metric(span=NOWHERE, name=name, value=ast.Name(span=NOWHERE, parts=(SCORE,)))
    models = Known({SCORE: {1: header}}, {header.digest: model})
    metrics = {SCORE: Definition(SCORE, node, source)}
    return Plan(catalog, build.graph, metrics=metrics, models=models)
