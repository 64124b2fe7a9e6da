"""Union events: which table events they stand for, and what their members have in common."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from segue.compiler.catalog import codes
from segue.compiler.catalog.model import Property, TableEvent, UnionEvent
from segue.compiler.catalog.yaml_tree import Scalar
from segue.compiler.types import Kind
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean

Report = Callable[[Diagnostic], None]


def resolve_unions(
    tables: Mapping[str, TableEvent],
    unions: Mapping[str, Sequence[Scalar]],
    spans: Mapping[str, Span],
    report: Report,
) -> dict[str, TableEvent | UnionEvent]:
    """All events, with unions inside unions replaced by their members.

    `spans` has every event of the file, readable or not, so that one mistake is reported once.
    """
    resolved: dict[str, TableEvent | UnionEvent] = dict(tables)
    for name, members in unions.items():
        for member in members:
            if member.text not in spans:
                others = [event for event in spans if event != name]
                known = "known here: " + ", ".join(others) if others else ""
                help = did_you_mean(member.text, others) or known
                message = f"there is no event `{member.text}`"
                report(Diagnostic(codes.UNKNOWN_MEMBER.id, message, member.span, help=help))
    for name in unions:
        cycle = _cycle(name, unions)
        if cycle:
            route = " -> ".join(f"`{step}`" for step in [name, *cycle])
            message = f"union `{name}` contains itself" + (f": {route}" if cycle[1:] else "")
            report(Diagnostic(codes.UNION_CYCLE.id, message, spans[name]))
        else:
            leaves = _leaves(name, unions)
            members_found = [tables[leaf] for leaf in leaves if leaf in tables]
            resolved[name] = UnionEvent(
                name=name,
                any_of=tuple(member.name for member in members_found),
                properties=common_properties(members_found),
                span=spans[name],
            )
    return resolved


def common_properties(events: Sequence[TableEvent]) -> dict[str, Property]:
    """The properties that all events have with the same type, each wide enough for all."""
    if not events:
        return {}
    common: dict[str, Property] = {}
    for name in events[0].properties:
        found = [event.properties[name] for event in events if name in event.properties]
        if len(found) == len(events) and len({_sameness(p) for p in found}) == 1:
            common[name] = _widest(found)
    return common


def _sameness(property: Property) -> tuple[Kind, int]:
    return property.type.kind, property.type.scale


def _widest(found: Sequence[Property]) -> Property:
    first = found[0]
    minimums = [p.minimum for p in found if p.minimum is not None]
    maximums = [p.maximum for p in found if p.maximum is not None]
    type = first.type.or_missing(any(p.type.nullable for p in found))
    if type.values is not None:
        values = dict.fromkeys(v for p in found for v in p.type.values or ())
        type = replace(type, values=tuple(values))
    # Where one member has no default, a rule can see a missing value.
    has_default = all(p.default is not None or not p.type.nullable for p in found)
    defaults = [p.default for p in found if p.default is not None]
    return replace(
        first,
        type=type,
        minimum=min(minimums) if len(minimums) == len(found) else None,
        maximum=max(maximums) if len(maximums) == len(found) else None,
        default=defaults[0] if has_default and defaults else None,
        pii=any(p.pii for p in found),
    )


def _cycle(name: str, unions: Mapping[str, Sequence[Scalar]]) -> list[str]:
    """The way from a union back to itself, without its start; empty when there is none."""
    routes = [[member.text] for member in unions[name]]
    seen: set[str] = set()
    while routes:
        route = routes.pop()
        last = route[-1]
        if last == name:
            return route
        if last in unions and last not in seen:
            seen.add(last)
            routes += [[*route, member.text] for member in unions[last]]
    return []


def _leaves(name: str, unions: Mapping[str, Sequence[Scalar]]) -> list[str]:
    """The events behind a union, each once, in the order named."""
    leaves: dict[str, None] = {}
    waiting = [member.text for member in reversed(unions[name])]
    seen: set[str] = set()
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        if step in unions:
            waiting += [member.text for member in reversed(unions[step])]
        else:
            leaves[step] = None
    return list(leaves)
