"""Cuts a disagreement down: fewer definitions, entities, rows, values and words."""

import time
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from parity.case import Case
from parity.tables import Row, Table
from segue.compiler.catalog.model import TableEvent
from segue.grammar import ast

Fails = Callable[[Case], bool]
SECONDS = 45.0
OPTIONAL = ("where", "window", "selection", "default", "by", "within", "steps")


def reduce(case: Case, fails: Fails) -> Case:
    """The smallest case found that still fails."""
    deadline = time.monotonic() + SECONDS

    def still(candidate: Case) -> bool:
        if time.monotonic() > deadline:
            return False
        try:
            return fails(candidate)
        except Exception:  # whatever the cut broke, it is not the disagreement
            return False

    for step in (_fewer_items, _fewer_rows, _fewer_values, _simpler_rules, _fewer_rows):
        case = step(case, still)
    return _without_unread(case, still)


def _fewer_items(case: Case, still: Fails) -> Case:
    for item in reversed(case.rules.items):
        items = tuple(i for i in case.rules.items if i is not item)
        candidate = _with_rules(case, ast.Module(items))
        if items and still(candidate):
            case = candidate
    return case


def _fewer_rows(case: Case, still: Fails) -> Case:
    for name in case.tables:
        size = len(case.tables[name].rows)
        while size > 0:
            start = 0
            while start < len(case.tables[name].rows):
                rows = case.tables[name].rows
                candidate = _with_rows(case, name, rows[:start] + rows[start + size :])
                if still(candidate):
                    case = candidate
                else:
                    start += size
            size //= 2
    return case


def _fewer_values(case: Case, still: Fails) -> Case:
    promised = {
        (event.table.name, event.partition.column)
        for event in case.catalog.events.values()
        if isinstance(event, TableEvent) and event.partition is not None
    }
    for name, table in case.tables.items():
        for place in range(len(table.rows)):
            for column in table.columns:
                if (name, column) in promised:
                    continue
                rows = case.tables[name].rows
                if rows[place][column] is None:
                    continue
                changed: Row = {**rows[place], column: None}
                candidate = _with_rows(case, name, [*rows[:place], changed, *rows[place + 1 :]])
                if still(candidate):
                    case = candidate
    return case


def _simpler_rules(case: Case, still: Fails) -> Case:
    progress = True
    while progress:
        progress = False
        for items in _smaller(case.rules.items):
            candidate = _with_rules(case, ast.Module(items))
            if still(candidate):
                case, progress = candidate, True
                break
    return case


def _without_unread(case: Case, still: Fails) -> Case:
    """Only fields that the rules mention, where that changes nothing."""
    entity = case.catalog.entity
    for name in list(entity.attributes):
        attributes = {n: a for n, a in case.catalog.entity.attributes.items() if n != name}
        changed = replace(case.catalog, entity=replace(entity, attributes=attributes))
        candidate = Case(changed, case.tables, case.rules, case.binding)
        if still(candidate):
            case = candidate
    for name in list(case.catalog.events):
        events = {n: e for n, e in case.catalog.events.items() if n != name}
        candidate = Case(
            replace(case.catalog, events=events), case.tables, case.rules, case.binding
        )
        if still(candidate):
            case = candidate
    for name, event in list(case.catalog.events.items()):
        for prop in list(event.properties):
            kept = {n: p for n, p in case.catalog.events[name].properties.items() if n != prop}
            events = {
                **case.catalog.events,
                name: replace(case.catalog.events[name], properties=kept),
            }
            candidate = Case(
                replace(case.catalog, events=events), case.tables, case.rules, case.binding
            )
            if still(candidate):
                case = candidate
    return case


def _smaller(node: Any) -> Iterator[Any]:
    """Everything that is like a piece of syntax with one part taken out."""
    if isinstance(node, tuple):
        for place, item in enumerate(node):
            if len(node) > 1:
                yield node[:place] + node[place + 1 :]
            for smaller in _smaller(item):
                yield (*node[:place], smaller, *node[place + 1 :])
    elif is_dataclass(node) and isinstance(node, ast.Node):
        if isinstance(node, ast.Expression):
            yield from _parts(node)
        for field in fields(node):
            value = getattr(node, field.name)
            if field.name in OPTIONAL and value:
                yield replace(node, **{field.name: () if field.name == "steps" else None})
            if isinstance(value, tuple | ast.Node) and field.name not in ("name", "parameters"):
                for smaller in _smaller(value):
                    yield replace(node, **{field.name: smaller})


def _parts(node: Any) -> Iterator[Any]:
    for field in fields(node):
        value = getattr(node, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, ast.Expression):
                yield part


def _with_rules(case: Case, rules: ast.Module) -> Case:
    return Case(case.catalog, case.tables, rules, case.binding)


def _with_rows(case: Case, name: str, rows: list[Row]) -> Case:
    table = case.tables[name]
    tables = {**case.tables, name: Table(table.name, table.columns, rows)}
    return Case(case.catalog, tables, case.rules, case.binding)
