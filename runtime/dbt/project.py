"""Rules as models of a dbt project: the files that `segue compile --dbt` writes.

A table with a row for each entity and a truth for each segment, made by one scan of each event
table; a view of its members for each segment; and a schema file with what they mean, tests and
exposures. Lifecycles are not among them: they need what the last evaluation said, which dbt
does not keep.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect as SqlglotDialect

from segue.compiler.catalog.model import TableName
from segue.compiler.plan.moments import Template
from segue.compiler.plan.nodes import reachable
from segue.compiler.plan.plan import Plan
from segue.compiler.plan.windows import Binding
from segue.compiler.sql.dialects.registry import dialect
from segue.compiler.sql.query import Outputs, compile_query, generate
from segue.compiler.sql.trees import column, identifier, not_null
from segue.runtime.dbt.jinja import TABLE, escaped, model_text
from segue.runtime.dbt.manifest import OURS, Manifest, find_relation
from segue.runtime.refusal import Refusal
from segue.runtime.rule_text import rule_text
from segue.runtime.segments import SegmentInfo, segment_info

SCHEMA_FILE = "segments.yml"
HEADER = "# Written by `segue compile --dbt`: change the rules, not this file.\n"


@dataclass(frozen=True)
class _Project:
    """What all files of one set of models share. `calls` says how dbt names each table."""

    plan: Plan
    dialect: str
    segments: tuple[str, ...]
    calls: Mapping[TableName, str]
    owner: str
    models: Mapping[str, str] = field(default_factory=dict)

    @property
    def wide(self) -> str:
        """The model with a row for each entity."""
        return f"{self.plan.catalog.entity.name}_segments"

    @property
    def key(self) -> str:
        """The column of the entity's key."""
        return self.plan.catalog.entity.key.name


def dbt_files(
    plan: Plan, dialect: str, segments: Sequence[str], manifest: Manifest | None, owner: str
) -> dict[str, str]:
    """The files by name; `segments` are those to write, `owner` is whose the rules are.

    Raises `Refusal` for a rule that cannot be written for an instant that dbt chooses.
    """
    _refuse_bound(plan, segments)
    calls = _calls(plan, manifest)
    models = {name: f"segment_{_column(name)}" for name in segments}
    project = _Project(plan, dialect, tuple(segments), calls, owner, models)
    _refuse_equal([project.wide, *models.values()], "models")
    if manifest is not None:
        _refuse_taken([project.wide, *models.values()], manifest.names)
    wide, tables = _wide_model(project)
    found = {f"{project.wide}.sql": wide}
    found |= {f"{models[name]}.sql": _segment_model(project, name) for name in segments}
    return {**found, SCHEMA_FILE: _schema(project, tables)}


def _refuse_bound(plan: Plan, segments: Sequence[str]) -> None:
    for name in segments:
        if any(node.op == "anniversary in days" for node in reachable([plan.segments[name].expr])):
            raise Refusal(
                f"`{name}` asks for an anniversary, whose days are known only with the instant",
                "leave it out with --segment, and let `segue run` find its members",
            )


def _refuse_equal(names: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise Refusal(f"two {what} would be called `{name}`", "give a segment another name")
        seen.add(name.lower())


def _refuse_taken(names: Sequence[str], taken: Collection[str]) -> None:
    there = next((name for name in names if name in taken), None)
    if there is not None:
        raise Refusal(
            f"the dbt project has a model `{there}` of its own",
            "dbt knows a name once: give that model, or what it is named after here, another one",
        )


def _column(name: str) -> str:
    """The name of a segment as dbt takes it: it knows no dots."""
    return name.replace(".", "_")


def _calls(plan: Plan, manifest: Manifest | None) -> dict[TableName, str]:
    """How dbt names each table of the catalog: those it does not know are sources of ours."""
    catalog = plan.catalog
    tables = [catalog.entity.table]
    tables += [m.table for event in catalog.events for m in catalog.members(event)]
    calls: dict[TableName, str] = {}
    for name in dict.fromkeys(tables):
        relation = None if manifest is None else find_relation(manifest, name)
        calls[name] = _source_call(name) if relation is None else relation.call
    return calls


def _source(name: TableName) -> str:
    return "_".join((OURS, *name.parts[:-1]))


def _source_call(name: TableName) -> str:
    return f"source({json.dumps(_source(name))}, {json.dumps(name.name)})"


# --------------------------------------------------------------------------- models


def _wide_model(project: _Project) -> tuple[str, list[TableName]]:
    """The model with a row for each entity, and the tables it reads."""
    plan, template = project.plan, Template()
    binding = Binding(template.as_of, ZoneInfo(plan.catalog.timezone))
    query = wide_query(plan, project.dialect, project.segments, binding)
    read = {table.name for table in query.find_all(exp.Table)}
    tables = [name for name in project.calls if name.name in read]
    return _model(project, query, template, "Who is in which segment"), tables


def wide_query(plan: Plan, dialect: str, segments: Sequence[str], binding: Binding) -> exp.Select:
    """A row for each entity that has a key, with a column for each segment and for tiers."""
    key, tiers = plan.catalog.entity.key.name, _tiers(plan, segments)
    outputs = Outputs(metrics=tiers, segments=tuple(segments))
    query = compile_query(plan, binding, dialect, outputs, _described).expression
    assert isinstance(query, exp.Select)
    for place, name in enumerate((key, *tiers, *segments)):
        if "." in name:
            item = query.expressions[place]
            value = item.this if isinstance(item, exp.Alias) else item
            renamed = exp.Alias(this=value.copy(), alias=identifier(_column(name)))
            renamed.comments = item.comments
            query.expressions[place].replace(renamed)
    query.comments = [f"calendar days of {plan.catalog.timezone}"]
    # A row without a key is nobody.
    return query.where(not_null(column(key)), copy=False)


def _described(definition: Any) -> str:
    return rule_text(definition.source)


def _tiers(plan: Plan, segments: Sequence[str]) -> tuple[str, ...]:
    """The tiers all of whose segments are among these."""
    return tuple(name for name, tiers in plan.tiers.items() if set(tiers.segments) <= set(segments))


def _segment_model(project: _Project, name: str) -> str:
    template = Template()
    wide = TableName(project.wide)
    query = exp.select(column(project.key), copy=False).from_(exp.Table(this=identifier(wide.name)))
    query = query.where(column(_column(name)), copy=False)
    calls = {wide: f'ref("{project.wide}")'}
    title = project.plan.segments[name].title or name
    return _model(project, query, template, title, calls)


def _model(
    project: _Project,
    query: exp.Query,
    template: Template,
    title: str,
    calls: Mapping[TableName, str] | None = None,
) -> str:
    calls = project.calls if calls is None else calls
    numbers = {name: number for number, name in enumerate(calls)}
    for table in list(query.find_all(exp.Table)):
        name = TableName(table.name, table.db or None, table.catalog or None)
        if name in numbers:
            mark = f"{Template.FIRST}{TABLE}{numbers[name]}{Template.LAST}"
            for part in ("db", "catalog"):
                table.set(part, None)
            table.set("this", exp.Var(this=mark))
    sql = generate(query, project.dialect, pretty=True)
    tables = {number: calls[name] for name, number in numbers.items()}
    zone = project.plan.catalog.timezone
    return model_text(sql, template, tables, title, zone) + "\n"


# --------------------------------------------------------------------------- schema


def _schema(project: _Project, tables: Sequence[TableName]) -> str:
    data: dict[str, Any] = {"version": 2}
    ours = [name for name in tables if project.calls[name] == _source_call(name)]
    if ours:
        data["sources"] = list(_sources(ours))
    data["models"] = [_wide_schema(project), *_segment_schemas(project)]
    exposures = list(_exposures(project))
    if exposures:
        data["exposures"] = exposures
    text: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
    return HEADER + text


def _sources(tables: Sequence[TableName]) -> Iterator[dict[str, Any]]:
    groups: dict[str, list[TableName]] = {}
    for name in tables:
        groups.setdefault(_source(name), []).append(name)
    for source, names in groups.items():
        schema, database = names[0].schema, names[0].catalog
        yield {
            "name": source,
            **({} if database is None else {"database": database}),
            "schema": "{{ target.schema }}" if schema is None else schema,
            "tables": [{"name": name.name} for name in names],
        }


def _wide_schema(project: _Project) -> dict[str, Any]:
    entity = project.plan.catalog.entity
    whose = project.calls[entity.table]
    key = {
        **_named(project, project.key),
        "description": f"The key of a {entity.name}.",
        "data_tests": ["unique", "not_null", _relationship(project, whose)],
    }
    tiers = [_tier_column(project, name) for name in _tiers(project.plan, project.segments)]
    segments = [
        {
            **_named(project, _column(name)),
            "description": _description(project, name),
            "data_tests": ["not_null"],
        }
        for name in project.segments
    ]
    return {
        "name": project.wide,
        "description": f"A row for each {entity.name}: in which segments it is.",
        "config": {"materialized": "table", "tags": [OURS]},
        "columns": [key, *tiers, *segments],
    }


def _tier_column(project: _Project, name: str) -> dict[str, Any]:
    tiers = project.plan.tiers[name]
    values = [segment.rsplit(".", 1)[-1] for segment in tiers.segments]
    return {
        **_named(project, _column(name)),
        "description": escaped(project.plan.metrics[name].title or "In which of the tiers."),
        "data_tests": ["not_null", {"accepted_values": {"arguments": {"values": values}}}],
    }


def _segment_schemas(project: _Project) -> Iterator[dict[str, Any]]:
    entity = project.plan.catalog.entity
    for name, model in project.models.items():
        wide = f'ref("{project.wide}")'
        yield {
            "name": model,
            "description": _description(project, name),
            "config": {"materialized": "view", "tags": [OURS], "meta": _meta(project, name)},
            "columns": [
                {
                    **_named(project, project.key),
                    "description": f"The key of a member, a {entity.name}.",
                    "data_tests": ["unique", "not_null", _relationship(project, wide)],
                }
            ],
        }


def _relationship(project: _Project, to: str) -> dict[str, Any]:
    field = _named(project, project.key)
    name = field["name"]
    # Unlike the column of the test itself, dbt writes this one as it is.
    shown = f"{{{{ adapter.quote({json.dumps(name)}) }}}}" if "quote" in field else name
    return {"relationships": {"arguments": {"to": to, "field": shown}}}


def _named(project: _Project, name: str) -> dict[str, Any]:
    """The name of a column in a schema file: to be quoted where SQL would not read it without."""
    target = dialect(project.dialect)
    phrases = SqlglotDialect.get_or_raise(target.sqlglot).tokenizer_class.KEYWORDS
    words = {word for phrase in phrases for word in phrase.split()}
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name.upper() not in words:
        return {"name": name}
    return {"name": target.stored(name), "quote": True}


def _description(project: _Project, name: str) -> str:
    definition = project.plan.segments[name]
    title = f"{definition.title}: " if definition.title else ""
    return escaped(f"{title}`{rule_text(definition.source)}`")


def _meta(project: _Project, name: str) -> dict[str, Any]:
    info = _info(project, name)
    said = {
        "segment": info.name,
        "priority": info.priority,
        "cadence": info.cadence,
        "actions": list(info.actions),
        "tags": list(info.tags),
        "owner": escaped(info.owner) if info.owner else None,
        "tiers": info.tiers,
    }
    return {key: value for key, value in said.items() if value}


def _info(project: _Project, name: str) -> SegmentInfo:
    return segment_info(project.plan.segments[name])


def _exposures(project: _Project) -> Iterator[dict[str, Any]]:
    """What a segment is for: one exposure for each that has actions."""
    for name, model in project.models.items():
        info = _info(project, name)
        if info.actions:
            yield {
                "name": _column(name),
                "label": escaped(info.title or name),
                "type": "application",
                "description": escaped(f"What happens to its members: {', '.join(info.actions)}."),
                "depends_on": [f'ref("{model}")'],
                "owner": {"name": escaped(info.owner or project.owner)},
            }
