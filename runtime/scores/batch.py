"""Scores of everybody at an instant: features out of the warehouse, scores into its score table.

segue.scores   one row for each score and entity: the last scoring, with its instant and version
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from segue.compiler.plan.identity import identities
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.library import Header
from segue.compiler.scores.model import DAY_UNIT, ScoreKind
from segue.compiler.scores.training import compile_training
from segue.runtime.membership.store import Store, key_type
from segue.runtime.refusal import Refusal
from segue.runtime.scores.artefact import Trained
from segue.runtime.scores.drift import Drift, drift
from segue.runtime.scores.gather import in_units, keys_of
from segue.runtime.scores.machine import Machine
from segue.runtime.warehouse.warehouse import Warehouse

if TYPE_CHECKING:
    from segue.runtime.scores.training_set import Array

Tell = Callable[[str], None]

TABLE = """CREATE TABLE IF NOT EXISTS segue.scores (
    score TEXT NOT NULL, key :key NOT NULL, at TIMESTAMP NOT NULL, version BIGINT NOT NULL,
    number DOUBLE PRECISION, micros BIGINT, class TEXT)"""
INDEX = "CREATE UNIQUE INDEX scores_key ON segue.scores (score, key)"

_PLACES = {
    ScoreKind.DURATION: "micros",
    ScoreKind.CLASS: "class",
    ScoreKind.CLUSTER: "class",
}
"""The column of a kind of score, for those that are no numbers."""


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a model at an instant: who has them, and their values.

    `columns` are in the order and the units of the model, as in a `TrainingSet`.
    """

    keys: "Array"
    columns: tuple["Array", ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of everybody, in no order."""

    header: Header
    at: int
    keys: "Array" = field(repr=False)
    scores: "Array" = field(repr=False)


def score_everybody(
    warehouse: Warehouse,
    plan: Plan,
    definition: ScoreDefinition,
    trained: Trained,
    header: Header,
    as_of: int,
    tell: Tell = lambda step: None,
) -> Scored:
    """The score of each entity as of an instant in microseconds; nothing is written."""
    tell(f"{header.score}: reading features")
    found = read_features(warehouse, plan, replace(definition, among=None), header, as_of)
    tell(f"{header.score}: scoring {len(found.keys):,}")
    return Scored(header, as_of, found.keys, Machine(trained.model).scores(found.columns))


def read_features(
    warehouse: Warehouse, plan: Plan, definition: ScoreDefinition, header: Header, as_of: int
) -> Features:
    """The features of a model, of those who are `among` the score's, at an instant.

    Raises `Refusal` where the rules have another feature than the model was trained on.
    """
    ordered = _as_trained(definition, header)
    binding = Binding(as_of, ZoneInfo(plan.catalog.timezone))
    query = compile_training(plan, ordered, binding, warehouse.dialect, [as_of])
    rows = warehouse.fetch_arrow(query.expression, query.columns)
    columns = (
        in_units(rows.column(place), value.type)
        for place, (_, value) in enumerate(ordered.features, 2)
    )
    return Features(keys_of(rows.column(0)), tuple(columns))


def _as_trained(definition: ScoreDefinition, header: Header) -> ScoreDefinition:
    """The definition with the features of a model, in its order, and without a label."""
    values = dict(definition.features)
    meanings = identities(values.values())
    by_meaning = {meanings[value.id]: value for value in values.values()}
    for feature in header.features:
        if feature.identity not in by_meaning:
            raise Refusal(
                f"v{header.version} of `{header.score}` was trained on another `{feature.name}` "
                "than the one in the rules",
                f"run `segue train {header.score}`",
            )
    features = tuple((known.name, by_meaning[known.identity]) for known in header.features)
    return replace(definition, label=None, horizon=0, features=features)


def write_scores(warehouse: Warehouse, plan: Plan, scored: Scored, schema: str) -> None:
    """Puts scores in the place of the last ones, in one transaction."""
    header, key = scored.header, plan.catalog.entity.key.type.kind
    store = Store(warehouse, schema)
    with warehouse.transaction():
        warehouse.lock(schema)
        store.prepare(plan.catalog.entity.name, key)
        if not warehouse.has_table(store.table("scores")):
            store.execute(TABLE.replace(":key", key_type(key)))
            if warehouse.has_primary_keys:
                store.execute(INDEX)
        place = _PLACES.get(header.kind, "number")
        store.execute("DELETE FROM segue.scores WHERE score = :score", score=header.score)
        with warehouse.loaded("scored", {"key": scored.keys, "value": scored.scores}):
            store.execute(
                _INSERTS[place],
                score=header.score,
                at=warehouse.moment(scored.at),
                version=header.version,
            )


_INSERTS = {
    place: f"INSERT INTO segue.scores (score, key, at, version, {place}) "
    "SELECT :score, key, :at, :version, value FROM temp.scored"
    for place in ("number", "micros", "class")
}


def measure_drift(
    warehouse: Warehouse,
    plan: Plan,
    definition: ScoreDefinition,
    trained: Trained,
    header: Header,
    as_of: int,
) -> tuple[list[Drift], int]:
    """How far each feature, and the score, has moved since training; and among how many.

    Those are asked whom the model was made of: who is `among` the score's at the instant.
    """
    found = read_features(warehouse, plan, definition, header, as_of)
    scores = Machine(trained.model).scores(found.columns)
    if header.kind is ScoreKind.DURATION:
        scores = scores / DAY_UNIT
    report = trained.report
    moved = drift((*report.seen, report.scores), (*found.columns, scores))
    return moved, len(found.keys)
