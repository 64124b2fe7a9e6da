"""The analysis of a ruleset: definitions in, a typed plan and findings out."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from segue.compiler.analysis import advice, codes, tiers
from segue.compiler.analysis.assertions import analyse_assertions
from segue.compiler.analysis.calls import lower_call
from segue.compiler.analysis.expressions import lower_conditions, lower_expression
from segue.compiler.analysis.lifecycles import analyse_lifecycles, stage_names
from segue.compiler.analysis.memory import Memory
from segue.compiler.analysis.problems import Blocked, Problem, problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.scores import lower_score
from segue.compiler.analysis.states import lower_state
from segue.compiler.analysis.suggesting import with_suggestions
from segue.compiler.analysis.symbols import Source, Symbol, Symbols, collect
from segue.compiler.catalog.model import Catalog
from segue.compiler.index.recording import Recording
from segue.compiler.plan.build import Build, BuildError
from segue.compiler.plan.lifecycles import Lifecycle
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.plan.plan import Assertion, Definition, Plan, Tiers
from segue.compiler.scores.definition import ScoreDefinition
from segue.compiler.scores.library import NONE, Models
from segue.compiler.types import Kind
from segue.grammar import ast
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.span import Span

_ITSELF = "a rule cannot read its own value of before"
_OF_BEFORE = (
    f"{_ITSELF}; what events add up to in their order is kept by a `state`, in how many weeks "
    "something was done is said by `count_periods(…, week)`"
)


@dataclass(frozen=True, slots=True)
class AnalysisResult:
    """The plan, or None where a finding is an error; and all findings, in order of files.

    `known` is the plan of what has no finding: all of it, or what an editor can still show.
    """

    plan: Plan | None
    diagnostics: tuple[Diagnostic, ...]
    known: Plan = field(repr=False)
    symbols: Symbols = field(repr=False)
    recording: Recording = field(repr=False)


def analyse(
    sources: Sequence[Source],
    catalog: Catalog,
    memory: Memory | None = None,
    models: Models = NONE,
) -> AnalysisResult:
    """Checks the definitions of all files together and builds their plan.

    With a `memory`, what it remembers of the analysis before is not done again. The graph of the
    plan may then hold expressions that nothing needs any more. `models` are the trained models
    that calls of scores mean; only their headers are read.
    """
    symbols, diagnostics = collect(sources, catalog)
    analysis = Analysis(catalog, symbols, memory, models)
    analysis.stages = stage_names(sources)
    for symbol in symbols:
        analysis.check(symbol)
    analysis.lifecycles = analyse_lifecycles(analysis, sources)
    analysis.assertions = analyse_assertions(analysis, sources)
    diagnostics += with_suggestions(analysis, sources, analysis.diagnostics)
    order = {source.tree.span.path: i for i, source in enumerate(sources)}
    diagnostics.sort(key=lambda d: (order.get(d.span.path, -1), d.span.start))
    known = analysis.plan()
    plan = known if not diagnostics else None
    if memory is not None:
        memory.end()
    return AnalysisResult(plan, tuple(diagnostics), known, symbols, analysis.finished)


class Analysis:
    """One run over a ruleset: each definition is analysed once, when first needed."""

    def __init__(
        self,
        catalog: Catalog,
        symbols: Symbols,
        memory: Memory | None = None,
        models: Models = NONE,
    ) -> None:
        self.catalog = catalog
        self.memory = memory
        self.models = models
        self.symbols = memory.begin(catalog, symbols, models) if memory is not None else symbols
        self.build = Build(memory.graph if memory is not None else Graph(), catalog)
        # What is written down now, and all that was: another one where a memory takes parts.
        self.recording = self.finished = Recording()
        self.written: dict[int, ast.Expression] = {}
        self.diagnostics: list[Diagnostic] = []
        self.lifecycles: Mapping[str, Lifecycle] = {}
        self.stages: Mapping[str, str] = {}
        self.assertions: tuple[Assertion, ...] = ()
        # Names that mean nothing, by place: what they may have meant is found out at the end.
        self.unknown: dict[Span, tuple[ast.Name, Scope]] = {}
        self._values: dict[str, Expr | None] = {}
        self._scores: dict[str, ScoreDefinition | None] = {}
        self._open: list[tuple[Symbol, Span]] = []

    def check(self, symbol: Symbol) -> None:
        """Analyses a definition, unless that has been done."""
        if isinstance(symbol.node, ast.Define):
            return  # A define has types only where it is called.
        with suppress(Blocked):
            if isinstance(symbol.node, ast.Score):
                self.score(symbol, symbol.node.name.span)
            else:
                self.definition(symbol, symbol.node.name.span)

    def definition(self, symbol: Symbol, user: Span) -> Expr:
        """The expression of a metric, condition or segment.

        `user` is where it is needed. Raises `Blocked` where it has a finding of its own.
        """
        if symbol.name not in self._values:
            with self.entering(symbol, user):
                self._values[symbol.name] = self._value(symbol)
        value = self._values[symbol.name]
        if value is None:
            raise Blocked
        if self.memory is not None:
            self.memory.needed(symbol, value)
        return value

    def score(self, symbol: Symbol, user: Span) -> ScoreDefinition:
        """The definition of a score, as `definition` gives that of others."""
        if symbol.name not in self._scores:
            with self.entering(symbol, user):
                self._scores[symbol.name] = self._score(symbol)
        found = self._scores[symbol.name]
        if found is None:
            raise Blocked
        if self.memory is not None:
            self.memory.needed(symbol, found)
        return found

    def value(self, symbol: Symbol) -> Expr | None:
        """The expression of a definition if it has been analysed and has no finding."""
        return self._values.get(symbol.name)

    def lower(self, scope: Scope, node: ast.Expression) -> Expr:
        """The plan node of an expression. Raises `Problem` where it has no meaning."""
        if isinstance(node, ast.Call):
            expr = lower_call(self, scope, node)
        else:
            expr = lower_expression(self, scope, node)
        self.written.setdefault(expr.id, node)
        self.recording.typed.append((node, expr))
        return expr

    def condition(self, scope: Scope, node: ast.Expression) -> Expr:
        """The plan node of an expression that must be true or false, never missing."""
        value = self.lower(scope, node)
        if value.type.kind is not Kind.BOOL:
            raise advice.not_a_condition(node, value)
        truth = self.build.truth(value)
        self.written.setdefault(truth.id, node)
        return truth

    @contextmanager
    def entering(self, symbol: Symbol, user: Span) -> Iterator[None]:
        """Marks a definition as being analysed; raises `Problem` when it already is."""
        if any(symbol is open for open, _ in self._open):
            raise self._cycle(symbol, user)
        self._open.append((symbol, user))
        try:
            yield
        finally:
            self._open.pop()

    def plan(self) -> Plan:
        """The plan of everything analysed."""
        values: dict[str, Definition] = {}
        named: dict[type, dict[str, Definition]] = {
            ast.Metric: values,
            ast.State: values,
            ast.Condition: {},
            ast.Segment: {},
        }
        for symbol in self.symbols:
            value = self._values.get(symbol.name)
            if value is not None and not isinstance(symbol.node, ast.Define | ast.Score):
                definition = Definition(symbol.name, value, symbol.node, symbol.tiers_name)
                named[type(symbol.node)][symbol.name] = definition
        return Plan(
            catalog=self.catalog,
            graph=self.build.graph,
            metrics=values,
            conditions=named[ast.Condition],
            segments=named[ast.Segment],
            tiers={
                symbol.name: Tiers(symbol.name, tuple(symbol.tier_names), symbol.tiers)
                for symbol in self.symbols
                if symbol.tiers is not None and not symbol.is_tier
            },
            lifecycles=self.lifecycles,
            assertions=self.assertions,
            scores={
                symbol.name: found
                for symbol in self.symbols
                if (found := self._scores.get(symbol.name)) is not None
            },
            models=self.models,
            written=self.written,
        )

    def _value(self, symbol: Symbol) -> Expr | None:
        if self.memory is None:
            return self._analyse(symbol)
        return self.memory.definition(self, symbol, self._analyse)

    def _score(self, symbol: Symbol) -> ScoreDefinition | None:
        if self.memory is None:
            return self._analyse_score(symbol)
        with self.memory.apart(self):
            return self._analyse_score(symbol)

    def _analyse_score(self, symbol: Symbol) -> ScoreDefinition | None:
        assert isinstance(symbol.node, ast.Score)
        with self._reporting(symbol):
            return lower_score(self, symbol.module, symbol.node)
        return None

    def _analyse(self, symbol: Symbol) -> Expr | None:
        scope = Scope(symbol.module)
        with self._reporting(symbol):
            match symbol.node:
                case ast.Metric() if symbol.tiers is not None:
                    return self._tiers(scope, symbol.node, symbol.tiers)
                case ast.Segment() if symbol.tiers is not None:
                    self._need_tiers(symbol)
                    return self.condition(scope, symbol.node.when)
                case ast.Metric() as metric:
                    return self._metric(scope, metric)
                case ast.State() as state:
                    return lower_state(self, scope, state)
                case ast.Condition(_, value):
                    return self.condition(scope, value)
                case ast.Segment(_, when):
                    return self.condition(scope, when)
                case _:
                    raise AssertionError(symbol)
        return None

    @contextmanager
    def _reporting(self, symbol: Symbol) -> Iterator[None]:
        """Reports what is wrong with a definition, and goes on without it."""
        try:
            yield
        except Problem as found:
            self.diagnostics.append(found.diagnostic)
        except Blocked:
            pass
        except RecursionError:
            self.diagnostics.append(_too_deep(symbol))

    def _tiers(self, scope: Scope, metric: ast.Metric, node: ast.Tiers) -> Expr:
        """Which tier somebody is in, by its name."""
        if not tiers.is_whole(node):
            raise Blocked
        conditions = lower_conditions(self, scope, tiers.tests(node))
        value = self.build.tier(conditions, tuple(tier.name.text for tier in node.tiers))
        self.written.setdefault(value.id, metric.value)
        return value

    def _need_tiers(self, symbol: Symbol) -> None:
        """Blocks a tier of tiers that have a finding, which is theirs to report."""
        assert symbol.tiers is not None
        whole = self.symbols.find((*symbol.module, symbol.tiers.name.text), ())
        if whole is not None and whole.tiers is symbol.tiers:
            self.definition(whole, symbol.node.name.span)

    def _metric(self, scope: Scope, metric: ast.Metric) -> Expr:
        value = self.lower(scope, metric.value)
        if metric.default is None:
            return value
        default = self.lower(scope, metric.default)
        operands = ((metric.value, value), (metric.default, default))
        advice.check_comparison(operands)
        try:
            return self.build.call("??", value, default)
        except BuildError:
            raise problem(
                codes.TYPE_MISMATCH,
                metric.default.span,
                f"the metric is {advice.describe(value.type)}, its default "
                f"{advice.describe(default.type)}",
                label=advice.describe(default.type),
            ) from None

    def _cycle(self, symbol: Symbol, user: Span) -> Problem:
        start = next(i for i, (open, _) in enumerate(self._open) if open is symbol)
        members = [open for open, _ in self._open[start:]]
        path = " → ".join(f"`{m.name}`" for m in (*members, symbol))
        related = tuple(
            Label(span, f"`{open.name}` is needed here") for open, span in self._open[start + 1 :]
        )
        # Every member waits for this one: one finding, not one for each.
        for member in members:
            known = self._scores if isinstance(member.node, ast.Score) else self._values
            known.setdefault(member.name, None)
        return problem(
            codes.CYCLE,
            user,
            f"`{symbol.name}` needs itself: {path}",
            label=f"needs `{symbol.name}`, which is being defined",
            help=(_OF_BEFORE if isinstance(symbol.node, ast.Metric) else _ITSELF)
            if len(members) == 1
            else "a score cannot be told what it says itself: take that out of its features"
            if any(isinstance(member.node, ast.Score) for member in members)
            else "give what they share a name of its own, and use that in both",
            related=related,
        )


def _too_deep(symbol: Symbol) -> Diagnostic:
    return problem(
        codes.TOO_DEEP,
        symbol.node.name.span,
        f"`{symbol.node.name.text}` is nested too deeply",
        help="give its parts names of their own",
    ).diagnostic
