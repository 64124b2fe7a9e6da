"""What is said about a named thing, as Markdown: shown on hover and beside completions."""

from collections.abc import Iterator

from segue.compiler.analysis import advice
from segue.compiler.analysis.score_calls import type_of_score
from segue.compiler.catalog.model import Catalog, Field, TableEvent
from segue.compiler.completion.callables import callables
from segue.compiler.index.blocks import Block
from segue.compiler.index.targets import Target, TargetKind
from segue.compiler.plan.nodes import Aggregate, Expr, reachable
from segue.compiler.plan.plan import Definition, Plan
from segue.compiler.types import Type
from segue.runtime.lsp.workspace import Snapshot
from segue.runtime.window_text import length_text, window_text

MOST_LINES = 15
"""A definition that is longer is cut: a hover is read at a glance."""
MOST_USERS = 8

BUILTINS = {
    "as_of": "The instant of evaluation. Events after it do not exist.",
    "today": "The day of evaluation, in the time zone of the project.",
}


def describe(snapshot: Snapshot, target: Target) -> str:
    """Everything there is to say about a thing, or nothing where it is unknown."""
    return "\n\n".join(part for part in _parts(snapshot, target) if part)


def _parts(snapshot: Snapshot, target: Target) -> Iterator[str]:
    catalog = snapshot.catalog
    match target.kind:
        case TargetKind.DEFINITION | TargetKind.LIFECYCLE | TargetKind.STAGE:
            yield from _definition(snapshot, target)
        case TargetKind.FUNCTION:
            yield from _function(target.name)
        case TargetKind.BUILTIN:
            yield f"`{target.name}`"
            yield BUILTINS[target.name]
        case TargetKind.PARAMETER:
            yield f"`{target.name}`: a parameter of `{target.owner}`"
        case TargetKind.PERIOD:
            yield f"`{target.name}`: the period that is counted"
        case _ if catalog is not None:
            yield from _declared(catalog, target)
            yield _used_by(snapshot, target)


def _definition(snapshot: Snapshot, target: Target) -> Iterator[str]:
    block = snapshot.index.blocks.get(target) if snapshot.index else None
    if block is None:
        return
    yield f"```seg\n{_source(snapshot, block)}\n```"
    is_definition = target.kind is TargetKind.DEFINITION
    definition = planned(snapshot, target.name) if is_definition else None
    if definition is not None:
        yield f"{type_text(definition.expr.type)}"
    if block.title:
        yield block.title
    if is_definition:
        yield from _score(snapshot, target.name)
    if definition is not None and snapshot.catalog is not None:
        windows = dict.fromkeys(_windows(definition.expr, snapshot.catalog.timezone))
        if windows:
            yield "\n".join(f"- {line}" for line in windows)
    yield _used_by(snapshot, target)


def _score(snapshot: Snapshot, name: str) -> Iterator[str]:
    """What a score says, how far its label looks, how it is trained, and whether it was."""
    plan = snapshot.result.known if snapshot.result is not None else None
    score = plan.scores.get(name) if plan is not None else None
    if plan is None or score is None:
        return
    yield type_text(type_of_score(plan.models, score))
    set_to = ", ".join(
        f"{key} = {str(value).lower()}"
        for key, value in (*score.parameters.items(), ("seed", score.seed))
    )
    lines = [f"`{score.estimator}({set_to})` over {len(score.features)} features"]
    if score.horizon:
        days = length_text(score.horizon)
        lines.append(f"The label looks {days} ahead of a snapshot; features end at it")
    versions = plan.models.versions(name)
    newest = f"Trained: `v{max(versions)}` is the newest" if versions else "Not trained yet"
    lines.append(f"{newest}: `segue train {name}`" if not versions else newest)
    yield "\n".join(f"- {line}" for line in lines)


def planned(snapshot: Snapshot, name: str) -> Definition | None:
    """A metric, condition or segment that has no finding, with its expression."""
    if snapshot.result is None:
        return None
    plan: Plan = snapshot.result.known
    return plan.metrics.get(name) or plan.conditions.get(name) or plan.segments.get(name)


def type_text(type: Type) -> str:
    """A type with what it means: `ratio?`: a ratio between 0 and 1, may be missing."""
    missing = ", may be missing" if type.nullable else ""
    values = ""
    if type.values is not None:
        values = ": " + ", ".join(f'`"{value}"`' for value in type.values)
    return f"`{type}`: {advice.describe(type)}{missing}{values}"


def _source(snapshot: Snapshot, block: Block) -> str:
    span = block.node.span
    lines = snapshot.texts.get(span.path, "")[span.start : span.end].splitlines()
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], "…"]
    return "\n".join(lines)


def _windows(expr: Expr, zone: str) -> Iterator[str]:
    for node in reachable([expr]):
        if isinstance(node.param, Aggregate):
            yield f"`{node.param.event}`: {window_text(node.param.window, zone)}"


def _used_by(snapshot: Snapshot, target: Target) -> str:
    users = snapshot.index.users(target) if snapshot.index else ()
    if not users:
        return "Used by nothing." if target.kind is TargetKind.DEFINITION else ""
    shown = ", ".join(f"`{user}`" for user in users[:MOST_USERS])
    more = f" and {len(users) - MOST_USERS} more" if len(users) > MOST_USERS else ""
    return f"Used by {shown}{more}."


def _function(name: str) -> Iterator[str]:
    word = callables().get(name)
    if word is not None:
        yield f"```seg\n{word.usage}\n```"
        yield word.doc
        yield f"Example: `{word.example}`"


def _declared(catalog: Catalog, target: Target) -> Iterator[str]:
    entity = catalog.entity
    match target.kind:
        case TargetKind.ENTITY:
            yield f"`{entity.name}`: the entity, a row of `{entity.table}`"
            yield entity.description
        case TargetKind.KEY:
            yield f"`{target.name}`: the key of `{entity.name}`"
        case TargetKind.ATTRIBUTE if target.name in entity.attributes:
            yield from _field(entity.attributes[target.name], f"an attribute of `{entity.name}`")
        case TargetKind.EVENT if target.name in catalog.events:
            yield from _event(catalog, target.name)
        case TargetKind.PROPERTY if target.owner in catalog.events:
            yield from _property(catalog, target)
        case TargetKind.VALUE:
            yield f'`"{target.name}"`: a value of `{target.owner}`'


def _property(catalog: Catalog, target: Target) -> Iterator[str]:
    properties = catalog.events[target.owner].properties
    if target.name in properties:
        yield from _field(properties[target.name], f"a property of `{target.owner}`")
    else:
        yield f"`{target.owner}.at`: when it happened"
        yield "`timestamp`: an instant"


def _field(field: Field, what: str) -> Iterator[str]:
    yield f"`{field.name}`: {what}"
    unit = f", held in {field.unit}" if field.unit else ""
    yield type_text(field.read_type) + unit
    yield field.description
    if field.pii:
        yield "Personal data: masked in explanations."


def _event(catalog: Catalog, name: str) -> Iterator[str]:
    event = catalog.events[name]
    if isinstance(event, TableEvent):
        yield f"`{name}`: an event, a row of `{event.table}` at its `{event.at.name}`"
    else:
        yield f"`{name}`: any of {', '.join(f'`{member}`' for member in event.any_of)}"
    yield event.description
    if event.properties:
        listed = (f"- `{p.name}`: `{p.read_type}`" for p in event.properties.values())
        yield "\n".join(listed)
