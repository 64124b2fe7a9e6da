"""From the text of `catalog.yml` to a catalog, or to all that is wrong with it."""

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from segue.compiler.catalog import codes
from segue.compiler.catalog.fields import FieldSettings, read_field
from segue.compiler.catalog.model import (
    LENGTHS,
    Attribute,
    Catalog,
    Column,
    Entity,
    Property,
    TableEvent,
    TableName,
    TimeColumn,
    TimeKind,
    Unit,
)
from segue.compiler.catalog.names import check_names
from segue.compiler.catalog.partition import (
    FORMATS,
    Holds,
    Partition,
    Period,
    period_of,
)
from segue.compiler.catalog.structure import Path, check_structure
from segue.compiler.catalog.unions import resolve_unions
from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Sequence, Tree, read_yaml
from segue.compiler.types import INT, STRING, Kind
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic, Severity
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean

RESERVED_PROPERTIES = ("at", "id")
_TABLE_KEYS = frozenset(
    {
        *("table", "key", "at", "id", "where", "properties"),
        *("rows", "retention", "lateness", "arrived", "partition"),
    }
)


@dataclass(frozen=True, slots=True)
class CatalogResult:
    """A catalog, or None when there are errors; and the findings in the order of the file."""

    catalog: Catalog | None
    diagnostics: tuple[Diagnostic, ...] = ()


def load_catalog(text: str, path: str = "catalog.yml") -> CatalogResult:
    """Reads and checks a catalog. No text makes it raise; `path` only names the file."""
    tree, diagnostics = read_yaml(text, path)
    catalog: Catalog | None = None
    if tree is not None or not diagnostics:
        tree = tree or Scalar("", True, Span(path, 0, 0, 1, 1))
        structural, broken = check_structure(tree)
        diagnostics += structural
        if isinstance(tree, Mapping):
            loader = _Loader(tree, broken)
            catalog = loader.catalog()
            diagnostics += loader.diagnostics
    diagnostics.sort(key=lambda d: (d.span.start, d.code, d.message))
    if any(d.severity is Severity.ERROR for d in diagnostics):
        catalog = None
    return CatalogResult(catalog, tuple(diagnostics))


# What people call zones, and a place in each that the database knows.
_ABBREVIATED = {
    **dict.fromkeys(("PST", "PDT", "PT"), "America/Los_Angeles"),
    **dict.fromkeys(("MDT", "MT"), "America/Denver"),
    **dict.fromkeys(("CST", "CDT", "CT"), "America/Chicago"),
    **dict.fromkeys(("EDT", "ET"), "America/New_York"),
    **dict.fromkeys(("CEST", "MESZ", "MEZ"), "Europe/Berlin"),
    "BST": "Europe/London",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney",
}


class _Loader:
    """Builds the catalog from a tree, leaving out what has the wrong structure.

    INVARIANT: a node is only read when no path at or under it is in `broken`, so its shape is
    the one the schema promises.
    """

    def __init__(self, root: Mapping, broken: set[Path]):
        self.root = root
        self.broken = broken
        self.diagnostics: list[Diagnostic] = []

    def catalog(self) -> Catalog | None:
        """The catalog, as far as it can be read."""
        timezone = self._timezone()
        entity = self._entity()
        key = entity.key.name if entity else ""
        nodes = _children(self.root, "events")
        events = {
            name: event
            for name, node in nodes.items()
            if (event := self._event(name, node, key)) is not None
        }
        spans = _key_spans(self.root, "events")
        unions = {
            name: _texts(node.values["any_of"])
            for name, node in nodes.items()
            if isinstance(node, Mapping)
            and "any_of" in node.values
            and self._sound(("events", name))
        }
        resolved = resolve_unions(events, unions, spans, self.diagnostics.append)
        check_names(self.root, self.diagnostics.append)
        if entity is None:
            return None
        ordered = {name: resolved[name] for name in nodes if name in resolved}
        return Catalog(entity=entity, events=ordered, timezone=timezone)

    def _sound(self, path: Path) -> bool:
        return not any(b[: len(path)] == path for b in self.broken)

    def _timezone(self) -> str:
        node = self.root.values.get("timezone")
        if not isinstance(node, Scalar) or not self._sound(("timezone",)):
            return "UTC"
        if not _is_zone(node.text):
            zones = sorted(available_timezones())
            near = [z for z in zones if z.lower().endswith("/" + node.text.strip().lower())]
            place = _ABBREVIATED.get(node.text.strip().upper())
            if place is not None:
                help = f"name a place, whose summer time it then follows, as in `{place}`"
            else:
                help = f"did you mean `{near[0]}`?" if near else did_you_mean(node.text, zones)
            self.diagnostics.append(
                Diagnostic(
                    codes.UNKNOWN_ZONE.id,
                    f"there is no time zone `{node.text}`",
                    node.span,
                    help=help or "use a name of the IANA database, as in `Europe/Paris`, or `UTC`",
                )
            )
        return node.text

    def _entity(self) -> Entity | None:
        node = self.root.values.get("entity")
        if not isinstance(node, Mapping):
            return None
        attributes = {
            name: Attribute(**settings, consent=self._consent(("entity", "attributes", name), node))
            for name, settings, node in self._fields(("entity", "attributes"), node, "attributes")
        }
        if not self._sound(("entity",)):
            return None
        return Entity(
            name=_text(node, "name"),
            table=_table(node.values["table"]),
            key=_identifier(node.values["key"]),
            attributes=attributes,
            description=_text(node, "description"),
            span=self.root.keys["entity"],
            places=_places(node, ("table", "key")),
        )

    def _consent(self, path: Path, node: Tree) -> bool:
        written = node.values.get("consent") if isinstance(node, Mapping) else None
        if not isinstance(written, Scalar) or written.data() is not True:
            return False
        assert isinstance(node, Mapping)
        type_node = node.values.get("type")
        if not isinstance(type_node, Scalar) or type_node.text.strip(" ?") != Kind.BOOL:
            self._report(
                codes.UNFIT_SETTING,
                f"`{path[-1]}` cannot stand for consent",
                node.keys["consent"],
                "consent is true or false, so the type must be bool",
            )
        return True

    def _fields(
        self, path: Path, parent: Mapping, key: str
    ) -> list[tuple[str, FieldSettings, Tree]]:
        spans = _key_spans(parent, key)
        found = []
        for name, node in _children(parent, key).items():
            if not self._sound((*path, name)):
                continue
            settings = read_field(name, spans[name], node, self.diagnostics.append)
            if settings is not None:
                found.append((name, settings, node))
        return found

    def _event(self, name: str, node: Tree, entity_key: str) -> TableEvent | None:
        """A table event with all it says, or None for a union and for what is not sound."""
        if not isinstance(node, Mapping):
            return None
        path: Path = ("events", name)
        span = self.root.values["events"]
        properties = self._properties(path, node)
        if "any_of" in node.values:
            self._union_alone(name, node)
            return None
        if not self._sound(path) or not isinstance(span, Mapping):
            return None
        at = node.values["at"]
        id = node.values.get("id")
        return TableEvent(
            name=name,
            table=_table(node.values["table"]),
            key=_text(node, "key") or entity_key,
            at=_time(at),
            id=_identifier(id) if id is not None else None,
            where=_where(node.values.get("where")),
            rows=int(_text(node, "rows")) if "rows" in node.values else None,
            retention=_days(node, "retention"),
            lateness=self._lateness(node),
            arrived=_time(node.values["arrived"]) if "arrived" in node.values else None,
            partition=self._partition(node.values.get("partition")),
            properties=properties,
            description=_text(node, "description"),
            span=span.keys[name],
            places=_places(node, ("table", "key", "at", "id", "arrived", "partition")),
        )

    def _lateness(self, node: Mapping) -> int | None:
        """That of the event, else of the whole catalog unless a column says when rows arrived."""
        if "lateness" in node.values or "arrived" in node.values:
            return _length(node, "lateness")
        return _length(self.root, "lateness") if self._sound(("lateness",)) else None

    def _partition(self, node: Tree | None) -> Partition | None:
        """The partition column; None where there is none, and where it says what cannot be."""
        if isinstance(node, Scalar):
            return Partition(column=node.text)
        if not isinstance(node, Mapping):
            return None
        by, format = Period(_text(node, "by") or Period.DAY), _text(node, "format")
        plain = Holds.TIMESTAMP if by is Period.HOUR else Holds.DATE
        holds = Holds(_text(node, "type") or (Holds.STRING if format else plain))
        problem: tuple[str, str, str] | None = None
        if holds is Holds.DATE and by is Period.HOUR:
            problem = ("type", "a date does not tell hours apart", "write `by: day`, or the type")
        elif format and holds not in FORMATS:
            help = "leave it out, or write `type: string`"
            problem = ("format", f"a column of type {holds} has no format", help)
        elif format and period_of(format) is not by:
            written = FORMATS[holds][by]
            problem = ("format", f"`{format}` is not how a {by} is written", f"as in `{written}`")
        elif holds is Holds.INT and not format.isalpha() and format:
            help = (
                f"a number has digits only, as in `{FORMATS[holds][by]}`; or write `type: string`"
            )
            problem = ("format", f"`{format}` is not how a number is written", help)
        if problem is not None:
            key, message, help = problem
            span = node.keys.get(key) or node.keys["by"]
            self._report(codes.UNFIT_PARTITION, message, span, help)
            return None
        return Partition(
            column=_text(node, "column"),
            by=by,
            holds=holds,
            format=format or FORMATS.get(holds, {}).get(by, ""),
            lag=_length(node, "lag") or 0,
            lead=_length(node, "lead") or 0,
        )

    def _properties(self, path: Path, node: Mapping) -> dict[str, Property]:
        properties: dict[str, Property] = {}
        spans = _key_spans(node, "properties")
        for name, settings, written in self._fields((*path, "properties"), node, "properties"):
            if isinstance(written, Mapping) and "consent" in written.keys:
                self._report(
                    codes.UNFIT_SETTING,
                    f"property `{path[-1]}.{name}` cannot stand for consent",
                    written.keys["consent"],
                    "consent is said of an attribute of the entity",
                )
            properties[name] = Property(**settings)
        for name in RESERVED_PROPERTIES:
            if name in spans:
                self._report(
                    codes.RESERVED_PROPERTY,
                    f"`{path[-1]}.{name}` has a meaning already",
                    spans[name],
                    f"say which column it is as `{name}: <column>` of the event, or name the "
                    f"property otherwise and keep `column: {name}`",
                )
        return properties

    def _union_alone(self, name: str, node: Mapping) -> None:
        for key, span in node.keys.items():
            if key in _TABLE_KEYS:
                self._report(
                    codes.UNION_TABLE,
                    f"union `{name}` cannot have its own `{key}`",
                    span,
                    "a union takes it from the events it names",
                )
                return

    def _report(self, code: Code, message: str, span: Span, help: str) -> None:
        self.diagnostics.append(Diagnostic(code.id, message, span, help=help))


def _is_zone(name: str) -> bool:
    if name in ("", "localtime", "Factory"):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _children(parent: Mapping, key: str) -> AbstractMapping[str, Tree]:
    node = parent.values.get(key)
    return node.values if isinstance(node, Mapping) else {}


def _key_spans(parent: Mapping, key: str) -> AbstractMapping[str, Span]:
    node = parent.values.get(key)
    return node.keys if isinstance(node, Mapping) else {}


def _places(node: Mapping, settings: tuple[str, ...]) -> dict[str, Span]:
    """Where the table and the columns of an entity or event are named, as `place` tells it."""
    found = {}
    for key in settings:
        value = node.values.get(key)
        if isinstance(value, Mapping):
            value = value.values.get("column")
        if key in node.keys:
            found[key] = value.span if isinstance(value, Scalar) else node.keys[key]
    return found | {f"where.{name}": span for name, span in _key_spans(node, "where").items()}


def _text(node: Mapping, key: str) -> str:
    value = node.values.get(key)
    return value.text if isinstance(value, Scalar) else ""


def _days(node: Mapping, key: str) -> int | None:
    """A length as in `400d`, in microseconds."""
    text = _text(node, key)
    return int(text.removesuffix("d")) * Unit.DAY.microseconds if text else None


def _length(node: Mapping, key: str) -> int | None:
    """A length as in `36h`, in microseconds."""
    text = _text(node, key)
    return int(text[:-1]) * LENGTHS[text[-1]] if text else None


def _texts(node: Tree) -> list[Scalar]:
    items = node.items if isinstance(node, Sequence) else []
    return [item for item in items if isinstance(item, Scalar)]


def _table(node: Tree) -> TableName:
    parts = node.text.split(".") if isinstance(node, Scalar) else [s.text for s in _texts(node)]
    name, schema, catalog = [*reversed(parts), None, None][:3]
    return TableName(name or "", schema, catalog)


def _identifier(node: Tree) -> Column:
    if isinstance(node, Scalar):
        return Column(node.text, INT)
    assert isinstance(node, Mapping)
    return Column(_text(node, "column"), STRING if _text(node, "type") == "string" else INT)


def _time(node: Tree) -> TimeColumn:
    if isinstance(node, Scalar):
        return TimeColumn(node.text)
    assert isinstance(node, Mapping)
    return TimeColumn(_text(node, "column"), TimeKind(_text(node, "kind") or TimeKind.UTC))


def _where(node: Tree | None) -> dict[str, tuple[str | int | bool, ...]]:
    if not isinstance(node, Mapping):
        return {}
    return {
        column: tuple(
            _literal(s)
            for s in (_texts(value) if isinstance(value, Sequence) else [value])
            if isinstance(s, Scalar)
        )
        for column, value in node.values.items()
    }


def _literal(scalar: Scalar) -> str | int | bool:
    value = scalar.data()
    return value if isinstance(value, str | int) else scalar.text
