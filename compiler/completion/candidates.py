"""The names, values and words that fit at a place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from segue.compiler.analysis.score_calls import type_of_score
from segue.compiler.analysis.selections import UNITS
from segue.compiler.analysis.symbols import Symbols
from segue.compiler.catalog.model import Catalog
from segue.compiler.completion.callables import callables
from segue.compiler.completion.fitting import Fitting, type_of
from segue.compiler.completion.scores import score_words
from segue.compiler.completion.situation import Situation, situation
from segue.compiler.index.targets import (
    Target,
    TargetKind,
    definition,
    event,
    function,
    parameter,
    property_of,
)
from segue.compiler.plan.plan import Plan
from segue.compiler.types import BOOL, TEXTS, TIMESTAMP, Kind, Type
from segue.grammar import ast
from segue.grammar.cursor import Cursor
from segue.grammar.lexer import Token
from segue.grammar.tables import MARKS, PHRASES, WORDS
from segue.grammar.unparse import quote

_ANY = frozenset(Kind)
# What people write for a value of a type, where nothing narrower is known.
_EXAMPLES = {
    Kind.RATIO: ("15%", "50%"),
    Kind.PROBABILITY: ("80%", "50%"),
    Kind.DURATION: ("7d", "30d", "24h"),
    Kind.BOOL: ("true", "false"),
}
_TEXT_OPERATORS = ("STARTS_WITH", "ENDS_WITH", "CONTAINS", "MATCHES")
_COMPARISONS = (">=", "<=", ">", "<", "==", "!=")


class CandidateKind(StrEnum):
    """What sort of thing is offered."""

    METRIC = "metric"
    CONDITION = "condition"
    SEGMENT = "segment"
    SCORE = "score"
    DEFINE = "define"
    EVENT = "event"
    PROPERTY = "property"
    ATTRIBUTE = "attribute"
    FUNCTION = "function"
    PARAMETER = "parameter"
    VALUE = "value"
    KEYWORD = "keyword"
    OPERATOR = "operator"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that fits. The smaller its `rank`, the nearer at hand it is.

    `called` says that brackets follow.
    """

    text: str
    kind: CandidateKind
    rank: int
    detail: str = ""
    target: Target | None = None
    called: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The ruleset around the place: what the last analysis that knew it all found."""

    catalog: Catalog
    symbols: Symbols
    plan: Plan
    module: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    """Clause keyword and word, for the words that the project uses already."""


def candidates(cursor: Cursor, around: Surroundings) -> list[Candidate]:
    """Everything that fits at a cursor, each once."""
    found = _Finder(cursor, around).find()
    return list({(c.text, c.kind): c for c in found}.values())


class _Finder:
    def __init__(self, cursor: Cursor, around: Surroundings) -> None:
        self.cursor = cursor
        self.around = around
        self.situation: Situation = situation(cursor, around.catalog)
        self.fitting = Fitting(around.catalog)
        left = self.situation.left
        self.left = None if left is None else self._type(left)

    def find(self) -> Iterator[Candidate]:
        """All that fits."""
        here = self.situation
        inside = score_words(self.cursor.values, self.around.symbols)
        if self.cursor.quoted:
            yield from self._values()
        elif inside is not None:
            for word, said in inside:
                yield Candidate(word, CandidateKind.WORD, 0, said)
        elif self.cursor.qualifier:
            yield from self._members()
        elif here.wants_event:
            yield from self._events()
        elif here.wants_segment:
            yield from self._segments()
            yield from self._keywords()
        elif here.clause in ("priority", "cadence", "actions", "tags", "do", "start", "stop"):
            yield from self._used_words()
        elif self._is_period():
            for unit in UNITS:
                yield Candidate(unit, CandidateKind.WORD, 0, "a period")
        else:
            if "NUMBER" in self.cursor.expected:
                yield from self._values()
                yield from self._named_values()
                yield from self._functions()
            yield from self._operators()
            yield from self._keywords()

    # ------------------------------------------------------------------ what fits

    def _type(self, node: ast.Expression) -> Type | None:
        around = self.around
        return type_of(node, around.catalog, around.symbols, around.module, self.situation.events)

    def _fits(self, type: Type | None) -> bool:
        if self.left is None or type is None:
            return True
        return self.fitting.fits(self.situation.operator, self.left, type)

    def _is_period(self) -> bool:
        call = self.situation.call
        aggregate = call.aggregate if call else None
        return (
            call is not None
            and aggregate is not None
            and aggregate.takes_unit
            and call.position == 1
            and not call.in_selection
        )

    # ------------------------------------------------------------------ names

    def _events(self) -> Iterator[Candidate]:
        call = self.situation.call
        aggregate = call.aggregate if call and not call.arguments else None
        for parameter_name in self.situation.parameters:
            yield Candidate(parameter_name, CandidateKind.PARAMETER, 0, "parameter")
        for name, declared in self.around.catalog.events.items():
            if aggregate is None or aggregate.takes_event:
                yield Candidate(name, CandidateKind.EVENT, 0, declared.description, event(name))
            if aggregate is None or not aggregate.kinds:
                continue
            for key, type in self._columns(name):
                if type.kind in aggregate.kinds:
                    yield self._property(name, key, type, f"{name}.{key}", 1)

    def _columns(self, event_name: str) -> Iterator[tuple[str, Type]]:
        for key, value in self.around.catalog.events[event_name].properties.items():
            yield key, value.read_type
        yield "at", TIMESTAMP

    def _property(self, owner: str, key: str, type: Type, text: str, rank: int) -> Candidate:
        return Candidate(text, CandidateKind.PROPERTY, rank, str(type), property_of(owner, key))

    def _segments(self) -> Iterator[Candidate]:
        for symbol in self.around.symbols:
            if isinstance(symbol.node, ast.Segment):
                text = self._text(symbol.module, symbol.node.name.text)
                title = symbol.node.title or ""
                yield Candidate(text, CandidateKind.SEGMENT, 0, title, definition(symbol.name))

    def _text(self, module: tuple[str, ...], name: str) -> str:
        inside = self.around.module[: len(module)] == module
        return name if inside else ".".join((*module, name))

    def _members(self) -> Iterator[Candidate]:
        """What may follow a name and a dot."""
        catalog, qualifier = self.around.catalog, self.cursor.qualifier
        if len(qualifier) == 1 and qualifier[0] in catalog.events:
            call = self.situation.call
            first = call is not None and call.position == 0 and not call.in_selection
            aggregate = call.aggregate if call and first else None
            kinds = frozenset(aggregate.kinds) if aggregate and aggregate.kinds else _ANY
            for key, type in self._columns(qualifier[0]):
                if type.kind in kinds and self._fits(type):
                    yield self._property(qualifier[0], key, type, key, 0)
        elif qualifier == (catalog.entity.name,):
            yield from self._attributes()
        else:
            for candidate in (
                *self._definitions(),
                *self._segments(),
                *self._scores(),
                *self._defines(),
            ):
                head = ".".join(qualifier) + "."
                if candidate.target and candidate.target.name.startswith(head):
                    rest = candidate.target.name.removeprefix(head)
                    if "." not in rest:
                        yield replace(candidate, text=rest, rank=0)

    def _named_values(self) -> Iterator[Candidate]:
        """Names that stand for a value here."""
        for name in self.situation.parameters:
            yield Candidate(name, CandidateKind.PARAMETER, 0, "parameter", parameter("", name))
        if self.situation.events:
            owner = self.situation.events[-1]
            for key, type in self._columns(owner):
                if self._fits(type):
                    yield self._property(owner, key, type, key, 0)
            for name in dict.fromkeys(self.situation.events):
                yield Candidate(name, CandidateKind.EVENT, 3, "its properties", event(name))
        yield from self._definitions()
        yield from self._scores()
        yield from self._defines()
        yield from self._attributes()

    def _definitions(self) -> Iterator[Candidate]:
        plan = self.around.plan
        for symbol in self.around.symbols:
            name = symbol.name
            if isinstance(symbol.node, ast.Metric | ast.State):
                kind, known = CandidateKind.METRIC, plan.metrics.get(name)
            elif isinstance(symbol.node, ast.Condition):
                kind, known = CandidateKind.CONDITION, plan.conditions.get(name)
            else:
                continue
            type = known.expr.type if known else None
            if self._fits(type):
                text = self._text(symbol.module, symbol.node.name.text)
                yield Candidate(text, kind, 1, str(type or ""), definition(name))

    def _scores(self) -> Iterator[Candidate]:
        plan = self.around.plan
        for symbol in self.around.symbols:
            if isinstance(symbol.node, ast.Score) and not self._in_score():
                known = plan.scores.get(symbol.name)
                type = None if known is None else type_of_score(plan.models, known)
                if self._fits(type):
                    text = self._text(symbol.module, symbol.node.name.text)
                    target, shown = definition(symbol.name), str(type or "")
                    yield Candidate(text, CandidateKind.SCORE, 1, shown, target, True)

    def _in_score(self) -> bool:
        """Whether this is a part of a score, which no score may go into."""
        return any(isinstance(v, Token) and v.kind == "SCORE" for v in self.cursor.values)

    def _defines(self) -> Iterator[Candidate]:
        for symbol in self.around.symbols:
            if isinstance(symbol.node, ast.Define):
                text = self._text(symbol.module, symbol.node.name.text)
                names = ", ".join(p.text for p in symbol.node.parameters)
                yield Candidate(
                    text, CandidateKind.DEFINE, 2, f"({names})", definition(symbol.name), True
                )

    def _attributes(self) -> Iterator[Candidate]:
        entity = self.around.catalog.entity
        for name, attribute in entity.attributes.items():
            if self._fits(attribute.read_type):
                target = Target(TargetKind.ATTRIBUTE, name)
                detail = str(attribute.read_type)
                yield Candidate(name, CandidateKind.ATTRIBUTE, 2, detail, target)

    def _functions(self) -> Iterator[Candidate]:
        for name, word in callables().items():
            if not name.isidentifier() or (word.folds and self.situation.events):
                continue
            if self._any_fits(word.results):
                rank = 3 if word.folds else 4
                yield Candidate(
                    name, CandidateKind.FUNCTION, rank, word.usage, function(name), True
                )

    def _any_fits(self, kinds: Iterable[Kind]) -> bool:
        """Whether one of some kinds fits; none stands for any."""
        known = tuple(kinds)
        return not known or any(kind is Kind.ENUM or self._fits(Type(kind)) for kind in known)

    # ------------------------------------------------------------------ values, words

    def _values(self) -> Iterator[Candidate]:
        """Constants of the wanted type."""
        if self.left is None:
            return
        for value in self.left.values or ():
            yield Candidate(quote(value), CandidateKind.VALUE, 0, "an accepted value")
        if not self.cursor.quoted:
            for text in _EXAMPLES.get(self.left.kind, ()):
                yield Candidate(text, CandidateKind.VALUE, 0, str(self.left.required))

    def _used_words(self) -> Iterator[Candidate]:
        for clause, word in self.around.words:
            if clause == self.situation.clause:
                yield Candidate(word, CandidateKind.WORD, 0, f"used in `{clause}`")

    def _operators(self) -> Iterator[Candidate]:
        """Comparisons, where a value is complete."""
        complete = self.situation.complete
        if "COMPARISON" not in self.cursor.expected or complete is None:
            return
        type = self._type(complete)
        for text in _COMPARISONS:
            if type is None or self.fitting.fits(text, type, type):
                yield Candidate(text, CandidateKind.OPERATOR, 1)

    def _keywords(self) -> Iterator[Candidate]:
        complete = self.situation.complete
        type = self._type(complete) if complete is not None else None
        for kind in sorted(self.cursor.expected):
            text = _SPELLING.get(kind)
            if text is None or kind in MARKS.values():
                continue
            if kind in ("TRUE", "FALSE") and self.left is not None and self.left.kind != BOOL.kind:
                continue
            if kind in _TEXT_OPERATORS and type is not None and type.kind not in TEXTS:
                continue
            yield Candidate(text, CandidateKind.KEYWORD, 5)


_SPELLING = {
    **{terminal: word for word, terminal in WORDS.items()},
    **{kind: kind.lower().replace("_", " ") for kind in PHRASES},
    "ANNIVERSARY": "anniversary within",
    "TAGGED": "all metrics tagged",
    "EXTREME_OF": "max of",
}
