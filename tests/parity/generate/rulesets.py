"""Rulesets: definitions that mention each other, each accepted when the analysis accepts it."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from parity.generate.expressions import Writer
from parity.generate.literals import literal, number
from parity.generate.magnitudes import fits
from parity.generate.scopes import EVENT, Scope, Signature, Vocabulary
from parity.generate.selections import recency
from segue.compiler.analysis import tiers
from segue.compiler.analysis.analysis import Analysis
from segue.compiler.analysis.symbols import Symbol, Symbols
from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Rule
from segue.compiler.types import BOOL, DURATION, Kind, Type
from segue.grammar import ast
from segue.grammar.parser import parse
from segue.grammar.span import NOWHERE

NODES = 40
"""The most expressions that one definition is written with."""
# Most functions give numbers.
METRIC_KINDS = (*Kind, *(Kind.INT, Kind.DECIMAL, Kind.FLOAT) * 2, Kind.INT)
TIER_KINDS = (Kind.INT, Kind.DECIMAL, Kind.FLOAT, Kind.RATIO, Kind.DURATION, Kind.TIMESTAMP)
# Names that queries use themselves, or that differ in their last letters only.
LONG = "a_name_that_is_longer_than_the_sixty_three_characters_of_postgres_"
NAMES = (
    *("at", "value", "weight", "position", "r", "e", "v", "as_of_", "entity_key"),
    *("buys", "log", "users_", "user_events", "user_metrics", "buys_scan", "log_scan", "buy_rows"),
    *("Users", "None_", "lambda", "class", "select", "n1", "t1"),
    *(LONG + "1", LONG + "2", LONG + "3", "careful", "values", "history", "zone"),
)
SCORES = {
    "predict exists({event} over next 1d)": ("probability", "random_forest()"),
    "predict count({event} over next 7d)": ("number", "linear()"),
    "predict count({event} over next 30d) + 0": ("amount", "gradient_boosting()"),
    "predict until(first({event}.at over next 9d)) ?? 9d": ("duration", "random_forest()"),
    "": ("cluster", "kmeans(clusters = 3)"),
}
PARAMETER_KINDS = (Kind.INT, Kind.STRING, Kind.FLOAT, Kind.BOOL, Kind.TIMESTAMP, EVENT)


@dataclass
class Tally:
    """How many definitions were written, and why some were thrown away."""

    written: int = 0
    discarded: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """The share that was thrown away."""
        return sum(self.discarded.values()) / max(1, self.written)


class _Ruleset:
    def __init__(
        self, random: Random, catalog: Catalog, edges: tuple[int, ...], tally: Tally
    ) -> None:
        self.random = random
        self.vocabulary = Vocabulary(catalog, edges)
        self.tally = tally
        self.writer = Writer(random, self.vocabulary)
        self.symbols: dict[str, Symbol] = {}
        self.analysis = Analysis(catalog, Symbols(self.symbols, {}))
        self.items: list[ast.Item] = []
        self.used: set[str | None] = set()

    def add(self, index: int, depth: int) -> None:
        """Writes one definition, and keeps it if it has a meaning."""
        key = self.vocabulary.catalog.entity.key.name.lower()
        free = [name for name in NAMES if name not in self.used and name.lower() != key]
        odd = self.random.choice(free) if free and self.random.random() < 0.3 else None
        self.used.add(odd)
        self.writer.budget = NODES
        match self.random.randrange(10):
            case 0 | 1 | 2 | 3:
                self._segment(odd or f"s{index}", depth)
            case 4 | 5 | 6:
                self._metric(odd or f"m{index}", depth)
            case 7:
                name = odd or f"c{index}"
                value = self.writer.condition(depth, Scope())
                found = self._accept(ast.Condition(ast.Identifier(name), value))
                if found is not None:
                    self.vocabulary.values[name] = BOOL
            case 9 if self.random.random() < 0.5:
                self._state(odd or f"state{index}", depth)
            case 8 if self.random.random() < 0.5:
                self._tiers(odd or f"tiers{index}", index, depth)
            case 8:
                self._score(f"score{index}")
            case _:
                self._define(odd or f"d{index}", depth)

    def _segment(self, name: str, depth: int) -> None:
        # Predicates can be made where every aggregate has a name.
        self.writer.folds = self.random.random() < 0.5
        when = self.writer.condition(depth, Scope())
        self.writer.folds = True
        if self.random.random() < 0.25:
            latest = recency(self.writer, depth, Scope())
            when = ast.Logical(self.random.choice(("and", "or")), (latest, when))
        if self._accept(ast.Segment(ast.Identifier(name), when)) is not None:
            self.vocabulary.segments.append(name)

    def _metric(self, name: str, depth: int) -> None:
        kind = self.random.choice(METRIC_KINDS)
        value = self.writer.expression(kind, depth, Scope())
        default = None
        if self.random.random() < 0.2:
            default = literal(self.random, kind, self.vocabulary.edges)
        found = self._accept(ast.Metric(ast.Identifier(name), value, default=default))
        if found is not None:
            self.vocabulary.values[name] = found.type

    def _state(self, name: str, depth: int) -> None:
        random = self.random
        updates = tuple(self._update(depth) for _ in range(random.choice((1, 2, 3))))
        low, high = random.choice(((None, None), (0, 10), (-5, 5), (Decimal("0.5"), 100)))
        initial = number(random.choice((0, 1, Decimal("2.5"))) if low is None else low)
        bounds = (None, None) if low is None or high is None else (number(low), number(high))
        item = ast.State(ast.Identifier(name), ast.Identifier("number"), initial, updates, *bounds)
        value = self._accept(item)
        if value is not None:
            self.vocabulary.values[name] = value.type

    def _score(self, name: str) -> None:
        """A score of what has a name, and a metric that is the score; a model comes later."""
        random, known = self.random, list(self.vocabulary.values)
        known += self.vocabulary.catalog.entity.attributes
        named = random.sample(known, min(len(known), random.choice((1, 3, 6))))
        label, estimator = random.choice(list(SCORES.items()))
        event = random.choice(list(self.vocabulary.catalog.events))
        text = (
            f"score {name}: {estimator[0]} {{ {label.format(event=event)} "
            f"from {', '.join(named)} with {estimator[1]} train every 30d over last 90d }}"
        )
        parsed = parse(text, "score.seg")
        if not named or parsed.module is None or parsed.diagnostics:
            return
        (node,) = parsed.module.items
        assert isinstance(node, ast.Score)
        if self._accept_score(node):
            call = ast.Call(name, ())
            found = self._accept(ast.Metric(ast.Identifier(f"of_{name}"), call))
            if found is not None:
                self.vocabulary.values[f"of_{name}"] = found.type

    def _accept_score(self, node: ast.Score) -> bool:
        symbol = self.symbols[node.name.text] = Symbol((), node)
        before = len(self.analysis.diagnostics)
        self.analysis.check(symbol)
        if len(self.analysis.diagnostics) > before:
            # Of a feature that is no value of an entity at a snapshot.
            del self.analysis.diagnostics[before:]
            del self.symbols[node.name.text]
            return False
        self.items.append(node)
        return True

    def _update(self, depth: int) -> ast.Update:
        random, event = self.random, self.random.choice(list(self.vocabulary.catalog.events))
        row = Scope(events=(event,))
        where = self.writer.condition(depth - 1, row) if random.random() < 0.3 else None
        value: ast.Expression = number(random.choice((1, 3, -2, Decimal("0.25"), -10)))
        if random.random() < 0.4:
            value = self.writer.leaf(random.choice((Kind.INT, Kind.DECIMAL, Kind.FLOAT)), row)
        operation: ast.UpdateOperation = "set" if random.random() < 0.2 else "add"
        return ast.Update(ast.Name((event,)), operation, value, where)

    def _tiers(self, name: str, index: int, depth: int) -> None:
        kind = self.random.choice(TIER_KINDS)
        by = self.writer.expression(kind, depth - 1, Scope())
        rows = [
            ast.Tier(ast.Identifier(f"tier{index}_{i}"), self._bound(kind))
            for i in range(self.random.choice((1, 2, 3, 0)))
        ]
        rows.append(ast.Tier(ast.Identifier(f"tier{index}_rest"), None))
        item = ast.Tiers(ast.Identifier(name), by, tuple(rows))
        value = self._accept(tiers.value(item), item)
        if value is not None:
            self.vocabulary.values[name] = value.type
            for segment in tiers.segments(item):
                self.symbols[segment.name.text] = Symbol((), segment, item)
                self.vocabulary.segments.append(segment.name.text)

    def _bound(self, kind: Kind) -> ast.TierBound:
        value = literal(self.random, kind, self.vocabulary.edges)
        assert value is not None
        return ast.TierBound(self.random.choice((">=", ">", "<", "<=", "==", "!=")), value)

    def _define(self, name: str, depth: int) -> None:
        parameters: dict[str, Type] = {}
        signature: list[tuple[Kind | str, bool]] = []
        event = None
        for i in range(self.random.randrange(1, 3)):
            kind = self.random.choice(PARAMETER_KINDS)
            if kind == EVENT:
                if event is None:
                    event = f"e{i}"
                    signature.append((EVENT, True))
                continue
            parameters[f"p{i}"] = Type(Kind(kind))
            signature.append((kind, False))
        if event is not None:
            parameters["w"] = DURATION
            signature.append((Kind.DURATION, True))
        names = [n for n in parameters if n != "w"]
        ordered = [event if k == EVENT else "w" if c else names.pop(0) for k, c in signature]
        kind = self.random.choice((Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.BOOL))
        scope = Scope(parameters=parameters, event_parameter=event)
        body = self.writer.expression(kind, depth, scope)
        identifiers = tuple(ast.Identifier(str(n)) for n in ordered)
        node = ast.Define(ast.Identifier(name), identifiers, body)
        # A define has types only where it is called, so a wrong one shows there.
        self.symbols[name] = Symbol((), node)
        self.items.append(node)
        self.vocabulary.defines[name] = Signature(tuple(signature), kind)

    def _accept(self, node: Rule, of: ast.Tiers | None = None) -> Expr | None:
        """The value of a definition, `of` the tiers it is the value of, if it has a meaning."""
        self.tally.written += 1
        name = node.name.text
        symbol = self.symbols[name] = Symbol((), node, of)
        before = len(self.analysis.diagnostics)
        self.analysis.check(symbol)
        reasons = [d.code for d in self.analysis.diagnostics[before:]]
        found = self.analysis.definition(symbol, NOWHERE) if not reasons else None
        if found is not None and not fits([found]):
            reasons.append("may leave 64 bits")
        if reasons or found is None:
            self.tally.discarded[reasons[0]] += 1
            del self.symbols[name]
            return None
        self.items.append(of or node)
        return found


def ruleset(
    random: Random, catalog: Catalog, edges: tuple[int, ...], tally: Tally, size: int
) -> ast.Module:
    """The syntax tree of some definitions over a catalog."""
    rules = _Ruleset(random, catalog, edges, tally)
    for index in range(size):
        rules.add(index, random.choice((3, 2, 4)))
    return ast.Module(tuple(rules.items))
