"""YAML text to a small tree that knows where everything stands.

The tree is built from parser events rather than from PyYAML's objects: equal keys are
reported instead of dropped, nothing is ever constructed from a tag, nesting cannot exhaust the
stack, and scalars follow YAML 1.2 (`NO` is a text, not false; `2024-05-01` is a text).
"""

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import NoReturn

import yaml

from segue.compiler.catalog import codes
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span

Data = None | bool | int | float | str | list["Data"] | dict[str, "Data"]
"""A tree as plain values, as a JSON schema sees it."""

# What an alias expands to counts too: a page of YAML can otherwise mean gigabytes.
MAX_NODES = 200_000
MAX_DEPTH = 32

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,4})?")
_CONSTANTS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "true": True,
    "True": True,
    "false": False,
    "False": False,
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value; `plain` when written without quotes."""

    text: str
    plain: bool
    span: Span
    size: int = 1

    def data(self) -> Data:
        """The value: a plain number, boolean or null is one, everything else is a text."""
        if not self.plain:
            return self.text
        if self.text in _CONSTANTS:
            return _CONSTANTS[self.text]
        if _INT.fullmatch(self.text):
            return int(self.text)
        if _FLOAT.fullmatch(self.text) and math.isfinite(number := float(self.text)):
            return number
        return self.text


@dataclass(slots=True)
class Sequence:
    """A list."""

    span: Span
    items: list["Tree"] = field(default_factory=list)
    size: int = 1

    def data(self) -> Data:
        """The items as plain values."""
        return [item.data() for item in self.items]


@dataclass(slots=True)
class Mapping:
    """Keys with their values, in the order written."""

    span: Span
    keys: dict[str, Span] = field(default_factory=dict)
    values: dict[str, "Tree"] = field(default_factory=dict)
    size: int = 1

    def data(self) -> Data:
        """The entries as plain values."""
        return {key: value.data() for key, value in self.values.items()}


Tree = Scalar | Sequence | Mapping


class _Refused(Exception):
    """Ends the reading with one diagnostic."""

    def __init__(self, diagnostic: Diagnostic):
        self.diagnostic = diagnostic


class _Places:
    """Turns offsets of the text into spans."""

    def __init__(self, text: str, path: str):
        self.path = path
        self.length = len(text)
        self.starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def span(self, start: int, end: int) -> Span:
        start = min(start, self.length)
        line = bisect_right(self.starts, start)
        column = start - self.starts[line - 1] + 1
        return Span(self.path, start, min(max(end, start), self.length), line, column)


@dataclass(slots=True)
class _Open:
    """A collection that is being read, with the key that waits for its value."""

    node: Sequence | Mapping
    anchor: str | None
    key: Scalar | None = None
    ignore: bool = False


def read_yaml(text: str, path: str) -> tuple[Tree | None, list[Diagnostic]]:
    """The tree of a YAML document, or None and what keeps it from being read."""
    # The parser skips a byte order mark and does not count it.
    shift = 1 if text.startswith("\ufeff") else 0
    places = _Places(text, path)
    try:
        # The C parser encodes the text itself; it must not meet a lone surrogate.
        text.encode("utf-8")
        builder = _Builder(places, shift)
        for event in yaml.parse(text[shift:], Loader=_LOADER):
            builder.feed(event)
        return builder.root, builder.diagnostics
    except _Refused as refused:
        return None, [refused.diagnostic]
    except UnicodeEncodeError as error:
        return None, [_unreadable("a character that is not Unicode", places.span(error.start, 0))]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        offset = mark.index if mark else getattr(error, "position", 0)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        context = getattr(error, "context", None)
        message = f"{problem} {context}" if context else str(problem)
        if text[offset + shift : offset + shift + 1] == "\t":
            message = "a tab cannot indent a line"
        found = _unreadable(message, places.span(offset + shift, 0))
        hint = _line_above(text, found.span.line) if _KEY_OUT_OF_PLACE in message else ""
        return None, [replace(found, help=hint or found.help)]


_KEY_OUT_OF_PLACE = "mapping values are not allowed"
_WITHOUT_BLANK = re.compile(r"\s*([\w-]+):([^\s:/].*)")


def _line_above(text: str, line: int) -> str:
    """What is wrong with the line above a key that is out of place, where that is plain."""
    lines = text.split("\n")
    above = next((n for n in range(line - 2, -1, -1) if lines[n].strip()), None)
    if above is None:
        return ""
    glued = _WITHOUT_BLANK.fullmatch(lines[above].rstrip())
    if glued is not None:
        said = f"{glued[1]}: {glued[2]}"
        return f"line {above + 1} lacks a blank after its `:`: write `{said}`"
    before, here = (len(found) - len(found.lstrip()) for found in (lines[above], lines[line - 1]))
    if here > before and not lines[above].rstrip().endswith(":"):
        return f"lines {above + 1} and {line} belong together: indent them alike"
    return ""


# What the parser says, what it means, and what to look for.
_UNREADABLE = (
    ("tab", "", "indent with spaces"),
    ("cannot start any token", "", "put a text that begins with `@`, `%` or a backtick in quotes"),
    (
        "mapping values are not allowed",
        "a key stands where none can stand",
        "indent this line like its neighbours; the line above may lack a blank after its `:`, "
        "and a text with `: ` in it needs quotes",
    ),
    ("while parsing a flow", "", "is a bracket or a comma missing before this place?"),
    ("while scanning a quoted", "", "is a closing quote missing?"),
    ("while parsing a block", "", "check the indentation of this line against the lines above"),
)


def _unreadable(problem: str, span: Span) -> Diagnostic:
    found = next((entry for entry in _UNREADABLE if entry[0] in problem), ("", "", ""))
    _, meaning, help = found
    message = f"this is not YAML: {meaning or problem}"
    return Diagnostic(codes.UNREADABLE.id, message, span, help=help)


class _Builder:
    """Builds the tree from parser events, without recursion."""

    def __init__(self, places: _Places, shift: int):
        self.places = places
        self.shift = shift
        self.root: Tree | None = None
        self.diagnostics: list[Diagnostic] = []
        self.open: list[_Open] = []
        self.anchors: dict[str, Tree] = {}
        self.total = 0

    def feed(self, event: yaml.Event) -> None:
        """Takes the next event of the parser."""
        assert event.start_mark is not None
        assert event.end_mark is not None
        span = self.places.span(
            event.start_mark.index + self.shift, event.end_mark.index + self.shift
        )
        match event:
            case yaml.ScalarEvent():
                self._tag(event.tag, span)
                plain = event.implicit[0] and event.tag is None
                self._value(Scalar(event.value, plain, span), event.anchor)
            case yaml.SequenceStartEvent():
                self._tag(event.tag, span)
                self._begin(_Open(Sequence(span), event.anchor))
            case yaml.MappingStartEvent():
                self._tag(event.tag, span)
                self._begin(_Open(Mapping(span), event.anchor))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                done = self.open.pop()
                if event.start_mark.index < event.end_mark.index:  # a closing bracket
                    done.node.span = done.node.span.to(span)
                self._value(done.node, done.anchor)
            case yaml.AliasEvent():
                known = self.anchors.get(event.anchor or "")
                if known is None:
                    self._refuse(f"nothing is called `&{event.anchor}` before this place", span)
                self._value(known, None)
            case yaml.DocumentStartEvent() if self.root is not None:
                self._refuse("a catalog is one YAML document; a second one begins here", span)

    def _refuse(self, message: str, span: Span) -> NoReturn:
        raise _Refused(Diagnostic(codes.PLAIN_YAML.id, message, span))

    def _tag(self, tag: str | None, span: Span) -> None:
        if tag is not None and tag != "!":
            name = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(f"a catalog has no tags such as `{name}`", span)

    def _begin(self, opened: _Open) -> None:
        if len(self.open) >= MAX_DEPTH:
            self._refuse("this is nested deeper than any catalog", opened.node.span)
        if self.open and self._expects_key():
            self._refuse("a key must be a word, not a list or a mapping", opened.node.span)
        self.open.append(opened)

    def _expects_key(self) -> bool:
        top = self.open[-1]
        return isinstance(top.node, Mapping) and top.key is None

    def _value(self, node: Tree, anchor: str | None) -> None:
        if anchor is not None:
            self.anchors[anchor] = node
        self.total += 1 if isinstance(node, Scalar) else 0
        if node.size > MAX_NODES or self.total > MAX_NODES:
            self._refuse("this is larger than any catalog", node.span)
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        if isinstance(top.node, Sequence):
            top.node.items.append(node)
            top.node.size += node.size
        elif top.key is None:
            self._key(top, node)
        else:
            if not top.ignore:
                top.node.values[top.key.text] = node
                top.node.size += node.size
            top.key = None

    def _key(self, top: _Open, node: Tree) -> None:
        mapping = top.node
        assert isinstance(mapping, Mapping)
        if not isinstance(node, Scalar):
            self._refuse("a key must be a word, not a list or a mapping", node.span)
        if node.text == "<<" and node.plain:
            self._refuse("a catalog has no merge keys (`<<`)", node.span)
        top.key = node
        top.ignore = node.text in mapping.keys
        first = mapping.keys.setdefault(node.text, node.span)
        if top.ignore:
            self.diagnostics.append(
                Diagnostic(
                    codes.REPEATED_KEY.id,
                    f"`{node.text}` is written twice",
                    node.span,
                    help="remove one of them, or merge what they say",
                    related=(Label(first, "first written here"),),
                )
            )
