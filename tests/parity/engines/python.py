"""The Python backend: the evaluator over events, and predicates over the values it gives."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from parity.case import Case
from parity.engines.base import SCORE, Answers
from parity.engines.reference import read
from segue.compiler.catalog.model import Field, TableEvent
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import EPOCH, from_microseconds
from segue.compiler.python.events import Evaluation, compile_evaluator
from segue.compiler.python.inputs import UnnamedAggregate
from segue.compiler.python.population import evaluate_population
from segue.compiler.python.predicates import Predicates, compile_predicates
from segue.compiler.python.profile import Profile
from segue.compiler.python.snapshot import Snapshot
from segue.compiler.types import Kind
from segue.runtime.columnar import evaluate_table


class Evaluator:
    """Attributes and events held in memory."""

    name = "python"

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity."""
        found: Answers = {}
        for key, evaluation in evaluations(case)[0].items():
            plan = case.plan
            for group in (plan.metrics, plan.segments):
                for name, definition in group.items():
                    found.setdefault(name, {})[key] = evaluation.value(definition.expr)
            for name, segment in plan.segments.items():
                near = evaluation.score(segment.expr)
                found.setdefault(name + SCORE, {})[key] = near
        return found


class PredicateEngine:
    """Segments from metric values: the fast function and the careful one, of every shape, and
    columns of values."""

    name = "predicates"

    def evaluate(self, case: Case) -> Answers:
        """The answers for every entity; only of segments whose folds all have names."""
        everybody, snapshot = evaluations(case)
        singly = nameable(case.plan, snapshot)
        segments = list(singly)
        compiled = compile_predicates(case.plan, segments, snapshot=snapshot)
        columns = [i.name for i in compiled.inputs]
        by_row = compile_predicates(case.plan, segments, "row", columns, snapshot=snapshot)
        by_object = compile_predicates(case.plan, segments, "object", snapshot=snapshot)
        by_table = compile_predicates(case.plan, segments, tables=True, snapshot=snapshot)
        places = [by_table.segments.index(name) for name in segments]
        scored = {name: one for name, one in singly.items() if scorable(one)}
        found: Answers = {name: {} for name in (*segments, *(n + SCORE for n in scored))}
        as_of = from_microseconds(case.binding.as_of)
        known = _values(case, everybody)
        by_column = _by_column(case, known, as_of)
        for number, (key, values) in enumerate(known.items()):
            row = [values[name] for name in columns]
            holder = SimpleNamespace(**values)
            answers = {
                "fast": compiled.evaluate(values, as_of),
                "careful": compiled.careful(values, as_of),
                "row": by_row.evaluate(row, as_of),
                "object": by_object.evaluate(holder, as_of),
            }
            truths, bits = by_table.evaluate(values, as_of), by_table.mask(values, as_of)
            careful = by_table.careful(values, as_of)
            answers["tables"] = [truths[place] for place in places]
            answers["bits"] = [bits >> place & 1 for place in places]
            answers["careful tables"] = [careful[place] for place in places]
            for place, name in enumerate(segments):
                each = {how: bool(answer[place]) for how, answer in answers.items()}
                if name in by_column:
                    each["columns"] = by_column[name][number]
                agreed = len(set(each.values())) == 1
                found[name][key] = each["fast"] if agreed else str(each)
            for name, one in scored.items():
                found[name + SCORE][key] = one.scores(values, as_of)[0]
        return found


def _values(case: Case, everybody: dict[Any, Evaluation]) -> dict[Any, dict[str, Any]]:
    """What a program knows of every entity: attributes, metrics and conditions by name."""
    attributes = _attributes(case)
    return {
        key: {**attributes[key], **evaluation.metrics, **evaluation.conditions}
        for key, evaluation in everybody.items()
    }


def _by_column(
    case: Case, known: dict[Any, dict[str, Any]], as_of: datetime
) -> dict[str, list[Any]]:
    """The columns of truths that a table of values gives, which has no snapshot."""
    segments = list(nameable(case.plan, None))
    inputs = (i.name for i in compile_predicates(case.plan, segments).inputs)
    names = (case.catalog.entity.key.name, *inputs)
    table = pa.table({n: pa.array([v[n] for v in known.values()]) for n in names})
    found: dict[str, list[Any]] = evaluate_table(
        case.plan, table, as_of, segments
    ).table.to_pydict()
    return found


def nameable(plan: Plan, snapshot: Snapshot | None) -> dict[str, Predicates]:
    """The segments that predicates can be made of, each by itself."""
    found = {}
    for name in plan.segments:
        with suppress(UnnamedAggregate):
            found[name] = compile_predicates(plan, [name], snapshot=snapshot)
    return found


def scorable(predicates: Predicates) -> bool:
    """Whether everything that the scores look into has a name."""
    try:
        predicates.scores({}, EPOCH)
    except UnnamedAggregate:
        return False
    return True


def evaluations(case: Case) -> tuple[dict[Any, Evaluation], Snapshot]:
    """Every entity, evaluated from its events, and the snapshot of all."""
    evaluator, everybody = compile_evaluator(case.plan), profiles(case)
    surveyed = evaluate_population(evaluator, everybody, case.binding.as_of).snapshot
    # One by one, as in a process that has a stored snapshot.
    snapshot = Snapshot.from_json(json.loads(json.dumps(surveyed.to_json())))
    return {
        key: evaluator.evaluate(profile, case.binding.as_of, snapshot)
        for key, profile in everybody.items()
    }, snapshot


def profiles(case: Case) -> dict[Any, Profile]:
    """Every entity as a program would hold it."""
    events: dict[Any, dict[str, list[dict[str, Any]]]] = {}
    for event in case.catalog.events.values():
        if isinstance(event, TableEvent):
            for row in case.tables[event.table.name].rows:
                if all(row[column] in values for column, values in event.where.items()):
                    by_name = events.setdefault(row[event.key], {})
                    by_name.setdefault(event.name, []).append(_row(event, row))
    return {
        key: Profile(attributes, events.get(key, {}))
        for key, attributes in _attributes(case).items()
    }


def _row(event: TableEvent, row: dict[str, Any]) -> dict[str, Any]:
    found = {name: given(row[prop.column], prop) for name, prop in event.properties.items()}
    found["at"] = row[event.at.name]
    if event.id is not None:
        found["id"] = row[event.id.name]
    return found


def _attributes(case: Case) -> dict[Any, dict[str, Any]]:
    entity = case.catalog.entity
    found = {}
    for row in case.tables[entity.table.name].rows:
        key = row[entity.key.name]
        values = {n: given(row[a.column], a) for n, a in entity.attributes.items()}
        found[key] = {entity.key.name: key, **values}
    return found


def given(value: Any, field: Field) -> Any:
    """A column's value as a program has it: durations are timedeltas."""
    if value is None or field.type.kind is not Kind.DURATION:
        return value
    return timedelta(microseconds=read(value, field))
