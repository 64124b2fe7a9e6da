"""Plans in which one score reads attributes, and tables to compute it from."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from segue.compiler.catalog.model import Attribute, Catalog, Column, Entity, TableName, Unit
from segue.compiler.plan.build import Build
from segue.compiler.plan.nodes import Graph, Scored
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.library import Header, Known
from segue.compiler.scores.model import Model, ScoreKind
from segue.compiler.sql.query import Outputs, compile_query
from segue.compiler.types import DURATION, FLOAT, PROBABILITY, Kind, Type, enum
from segue.grammar import ast
from segue.grammar.span import NOWHERE

Row = Sequence[bool | int | float | str | None]
TABLE, KEY, SCORE = "people", "id", "score"
DAY = 86_400_000_000
WITHIN = 7 * DAY
BINDING = Binding(0, ZoneInfo("UTC"))
TYPES = {
    ScoreKind.PROBABILITY: PROBABILITY,
    ScoreKind.AMOUNT: FLOAT,
    ScoreKind.NUMBER: FLOAT,
    ScoreKind.DURATION: DURATION,
}


@dataclass(frozen=True)
class World:
    """A model and a plan whose one metric is its score of some attributes."""

    model: Model
    plan: Plan

    def sql(self, dialect: str, *, pretty: bool = False) -> str:
        """The query of the metric."""
        query = compile_query(self.plan, BINDING, dialect, Outputs(metrics=(SCORE,)))
        return query.sql(pretty=pretty)


def world(model: Model, serve: Literal["sql", "table", "auto"] = "sql") -> World:
    """The world of a model."""
    attributes = {
        f.name: Attribute(
            name=f.name,
            column=f.name,
            type=f.type,
            unit=Unit.MICROSECOND if f.type.kind is Kind.DURATION else None,
        )
        for f in model.features
    }
    key = Column(name=KEY, type=Type(Kind.INT))
    entity = Entity(name="person", table=TableName(TABLE), key=key, attributes=attributes)
    catalog = Catalog(entity=entity)
    build = Build(Graph(), catalog)
    header = Header(
        SCORE,
        1,
        f"{model!r} {model.function!r} {model.calibration!r}",
        model.kind,
        model.features,
        model.classes,
    )
    args = [build.graph.make("attribute", param=f.name, type=f.type) for f in model.features]
    type = TYPES.get(model.kind, enum(model.classes))
    within = None if serve == "sql" else WITHIN
    scored = Scored(SCORE, 1, header.digest, serve, within, model.kind)
    node = build.score(scored, args, type)
    name = ast.Identifier(span=NOWHERE, text=SCORE)
    source = ast.Metric(span=NOWHERE, name=name, value=ast.Name(span=NOWHERE, parts=(SCORE,)))
    metric = Definition(SCORE, node, source)
    known = Known({SCORE: {1: header}}, {header.digest: model})
    return World(model, Plan(catalog, build.graph, metrics={SCORE: metric}, models=known))


def held(value: Any, type: Type) -> Any:
    """A value as a table holds it."""
    if value is not None and type.kind is Kind.DECIMAL:
        return Decimal(value).scaleb(-type.scale)
    return value
