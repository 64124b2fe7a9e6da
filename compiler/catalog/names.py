"""Names that rules call things by: usable as such, and each for one thing only."""

from collections.abc import Callable

from segue.compiler.catalog import codes
from segue.compiler.catalog.structure import bad_name
from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Tree
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span
from segue.grammar.words import RESERVED


def check_names(root: Mapping, report: Callable[[Diagnostic], None]) -> None:
    """Reports words of the language used as names, and names used for two things."""
    taken: dict[str, tuple[str, Span]] = {}
    entity = root.values.get("entity")
    if isinstance(entity, Mapping):
        key = _key_column(entity.values.get("key"))
        if key is not None:
            taken[key.text] = ("the key of the entity", key.span)
        _claim("an attribute", entity.values.get("attributes"), taken, report)
    events = root.values.get("events")
    _claim("an event", events, taken, report)
    if isinstance(events, Mapping):
        for event in events.values.values():
            if isinstance(event, Mapping):
                _claim("a property", event.values.get("properties"), {}, report)


def _key_column(node: Tree | None) -> Scalar | None:
    if isinstance(node, Mapping):
        node = node.values.get("column")
    return node if isinstance(node, Scalar) else None


def _claim(
    what: str,
    node: Tree | None,
    taken: dict[str, tuple[str, Span]],
    report: Callable[[Diagnostic], None],
) -> None:
    if not isinstance(node, Mapping):
        return
    for name, span in node.keys.items():
        if name in RESERVED:
            report(bad_name(name, span, has_column=what != "an event"))
        owner, first = taken.setdefault(name, (what, span))
        if first is not span:
            report(
                Diagnostic(
                    codes.NAME_TAKEN.id,
                    f"`{name}` is the name of {what} and of {owner}",
                    span,
                    help="rename one of them; rules read the key under its own name already"
                    if owner.startswith("the key")
                    else "rename one of them",
                    related=(Label(first, f"{owner} here"),),
                )
            )
