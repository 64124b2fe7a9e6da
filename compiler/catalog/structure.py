"""Whether a catalog has the right keys and shapes: the JSON schema, in words a person reads.

The schema is also what an editor completes and checks with, so what it can say is said there;
what needs more than one place of the file (types, ranges, unions) is checked while loading.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from segue.compiler.catalog import codes
from segue.compiler.catalog.yaml_tree import Mapping, Scalar, Tree
from segue.compiler.catalog.yaml_tree import Sequence as YamlSequence
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean

if TYPE_CHECKING:
    from jsonschema import ValidationError

Path = tuple[str | int, ...]


@cache
def catalog_schema() -> dict[str, Any]:
    """The JSON schema of a catalog (draft 2020-12), for this module and for editors."""
    text = files(__package__).joinpath("catalog.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def check_structure(tree: Tree) -> tuple[list[Diagnostic], set[Path]]:
    """Findings about keys and shapes, and the paths of the nodes that have one."""
    # jsonschema takes 40 ms to import, which only those who load a catalog should pay.
    from jsonschema import Draft202012Validator

    found: dict[tuple[Span, str], Diagnostic] = {}
    broken: set[Path] = set()
    for error in Draft202012Validator(catalog_schema()).iter_errors(tree.data()):
        path = tuple(error.absolute_path)
        for diagnostic in _explain(error, tree, path):
            found.setdefault((diagnostic.span, diagnostic.code), diagnostic)
        broken.add(path)
    return list(found.values()), broken


def node_at(tree: Tree, path: Path) -> Tree:
    """The node at a path."""
    for step in path:
        if isinstance(tree, Mapping):
            tree = tree.values[str(step)]
        elif not isinstance(tree, Scalar):
            tree = tree.items[int(step)]
    return tree


def head_span(tree: Tree, path: Path) -> Span:
    """Where to point for the node at a path: at a value itself, else at the key it stands under."""
    node = node_at(tree, path)
    if isinstance(node, Scalar) and node.text:
        return node.span
    for length in range(len(path), 0, -1):
        parent = node_at(tree, path[: length - 1])
        if isinstance(parent, Mapping):
            return parent.keys[str(path[length - 1])]
    return node.span._replace(end=node.span.start)


def _explain(error: "ValidationError", tree: Tree, path: Path) -> Iterator[Diagnostic]:
    node = node_at(tree, path)
    where = _called(path)
    rule: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties" if isinstance(node, Mapping):
            yield from _unknown_keys(node, list(schema["properties"]), where)
        case "required":
            missing = [key for key in rule if isinstance(node, Mapping) and key not in node.keys]
            words = " and ".join(f"`{key}`" for key in missing)
            span = head_span(tree, path)
            yield Diagnostic(
                codes.MISSING_KEY.id,
                f"{where} needs {words}",
                span,
                help=_missing_help(missing, path),
            )
        case "pattern" if "propertyNames" in error.absolute_schema_path and isinstance(
            node, Mapping
        ):
            name = str(error.instance)
            yield bad_name(name, node.keys[name], has_column=path != ("events",))
        case "pattern" if path == ("entity", "name"):
            yield bad_name(str(error.instance), head_span(tree, path), has_column=False)
        case _:
            near = ""
            if error.validator == "enum":
                near = did_you_mean(str(error.instance), [str(word) for word in rule])
            elif path:
                near = _rewritten(str(path[-1]), node)
            yield Diagnostic(
                codes.WRONG_SHAPE.id,
                f"{where} should be {schema.get('title', 'something else')}",
                head_span(tree, path),
                label=_found(node),
                help=near,
            )


def bad_name(name: str, span: Span, *, has_column: bool) -> Diagnostic:
    """A name that rules could not write; that of a column can differ from its column's."""
    usable = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)
    if not usable or usable[0].isdigit():
        usable = f"_{usable}"
    elif usable == name:
        usable += "_"  # a word of the language
    help = f"call it `{usable if has_column else usable.lower()}`"
    if has_column:
        help += f" and keep `column: {json.dumps(name, ensure_ascii=False)}`"
    return Diagnostic(codes.BAD_NAME.id, f"rules cannot use `{name}` as a name", span, help=help)


def _unknown_keys(node: Mapping, known: list[str], where: str) -> Iterator[Diagnostic]:
    for key, span in node.keys.items():
        if key not in known:
            unused = [k for k in known if k not in node.keys]
            yield Diagnostic(
                codes.UNKNOWN_KEY.id,
                f"{where} has no setting `{key}`",
                span,
                help=_other_key(key, unused)
                or did_you_mean(key, unused)
                or "known here: " + ", ".join(known),
            )


# What a catalog calls what other schema files call otherwise.
_OTHER_KEYS = {
    **dict.fromkeys(("timestamp", "time", "date", "ts", "occurred_at", "created_at"), "at"),
    **dict.fromkeys(("primary_key", "id_column", "identifier"), "key"),
    **dict.fromkeys(("columns", "fields", "traits"), "attributes"),
    **dict.fromkeys(("fields", "columns", "params", "parameters"), "properties"),
    **dict.fromkeys(("partitioned_by", "partition_by", "partitions"), "partition"),
    **dict.fromkeys(("filter", "filters", "condition"), "where"),
    **dict.fromkeys(("tz", "time_zone", "zone"), "timezone"),
    **dict.fromkeys(("sensitive", "personal", "gdpr"), "pii"),
    **dict.fromkeys(("accepted_values", "options", "choices"), "values"),
}


def _other_key(key: str, unused: Sequence[str]) -> str:
    meant = _OTHER_KEYS.get(key.lower())
    return f"write `{meant}`" if meant in unused else ""


_EQUALITY = re.compile(r"""\s*(\w+)\s*={1,3}\s*(["']?)([\w .-]+)\2\s*""")


def _rewritten(key: str, node: Tree) -> str:
    """The same as a catalog says it, for what other tools have there."""
    if key == "where" and isinstance(node, Scalar):
        found = _EQUALITY.fullmatch(node.text)
        return f"write `{{{found[1]}: {found[3]}}}`" if found else ""
    if isinstance(node, YamlSequence) and node.items and isinstance(node.items[0], Mapping):
        first = node.items[0].values
        name, type = first.get("name"), first.get("type") or first.get("data_type")
        if isinstance(name, Scalar):
            said = type.text if isinstance(type, Scalar) else "string"
            return f"write each by its name, without a dash: `{name.text}: {said}`"
    return ""


def _found(node: Tree) -> str:
    """What a person would call the value that stands there."""
    if isinstance(node, Scalar):
        return f"this is `{node.text}`" if node.text else "nothing stands here"
    if isinstance(node, Mapping):
        return "this is a mapping" if node.values else "this mapping is empty"
    return "this is a list" if node.items else "this list is empty"


def _called(path: Path) -> str:
    """What a person would call the place at a path."""
    match path:
        case ():
            return "the catalog"
        case ("entity",):
            return "the entity"
        case ("entity", "attributes", str(name)):
            return f"attribute `{name}`"
        case ("events", str(name)):
            return f"event `{name}`"
        case ("events", str(event), "properties", str(name)):
            return f"property `{event}.{name}`"
        case (*_, str(name)):
            return f"`{name}`"
        case (*_, str(name), int(index)):
            return f"item {index + 1} of `{name}`"
    return "this"


def _missing_help(missing: Sequence[str], path: Path) -> str:
    if path and path[0] == "events" and path[-1] == "partition":
        return "for example `column: dt`"
    if path and path[0] == "events":
        return "an event needs `table` and `at`, the column of its time; a union needs `any_of`"
    examples = {
        "entity": "entity: {name: customer, table: customers, key: customer_id}",
        "name": "name: customer",
        "table": "table: customers",
        "key": "key: customer_id",
        "column": "column: customer_id",
    }
    return "for example `" + ", ".join(examples.get(key, key) for key in missing) + "`"
