"""What lint rules may look at: the trees, the names, the types, the catalog."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from segue.compiler.analysis.analysis import AnalysisResult
from segue.compiler.analysis.symbols import Source, Symbol, Symbols
from segue.compiler.catalog.model import Catalog
from segue.compiler.index.index import Index, index
from segue.compiler.lint.rule import Option, Rule
from segue.compiler.lint.suppressions import Suppressed, Suppression
from segue.compiler.plan.nodes import Expr
from segue.compiler.plan.plan import Plan
from segue.grammar import ast
from segue.grammar.ast.walk import children
from segue.grammar.span import Span

if TYPE_CHECKING:
    from segue.compiler.solver.lifecycles import LifecycleSurvey
    from segue.compiler.solver.solver import Solver
    from segue.compiler.solver.survey import Survey

AnyNode = TypeVar("AnyNode", bound=ast.Node)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a project says outside of rules and catalog; None where it does not say.

    `actions` are those that somebody can carry out, `templates` the files that messages are
    made from.
    """

    actions: frozenset[str] | None = None
    templates: frozenset[str] | None = None


@dataclass(frozen=True)
class Context:
    """A ruleset, for rules to look at. What is costly is worked out when first asked for.

    `texts` are the files by path; `analysis` may have findings: `plan` is then None. `solver` is
    what proves things for the rules that need it. `unused` are the suppressions of rules that
    ran and found nothing there; it is filled in before rules that need findings run.
    """

    sources: Sequence[Source]
    texts: Mapping[str, str]
    catalog: Catalog
    analysis: AnalysisResult
    facts: Facts = Facts()
    options: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)
    solver: "Solver | None" = None
    suppressions: Sequence[Suppression] = ()
    unused: Sequence[tuple[Suppression, Suppressed]] = ()

    def changed(self, **parts: Any) -> "Context":
        """The same ruleset with some parts changed; what has been worked out is kept."""
        other = replace(self, **parts)
        for name in ("_tree", "_meanings", "index"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    # ------------------------------------------------------------------- trees

    def nodes(self, kind: type[AnyNode]) -> "Sequence[AnyNode]":
        """All nodes of one kind, in the order of the files."""
        found: Sequence[Any] = self._tree.by_kind.get(kind, ())
        return found

    def parent(self, node: ast.Node) -> ast.Node | None:
        """The node that a node is directly inside of; None for a file."""
        return self._tree.parents.get(id(node))

    def around(self, node: ast.Node) -> Iterator[ast.Node]:
        """The nodes that a node is inside of, the smallest first."""
        parent = self.parent(node)
        while parent is not None:
            yield parent
            parent = self.parent(parent)

    def item_at(self, span: Span) -> tuple[Source, ast.Item | None]:
        """The file a place is in, and the item around it."""
        source, starts = self._tree.files[span.path]
        items = source.tree.items
        position = bisect_right(starts, span.start) - 1
        if position >= 0 and span.start < items[position].span.end:
            return source, items[position]
        return source, None

    def source_text(self, span: Span) -> str:
        """What stands at a place."""
        return self.texts[span.path][span.start : span.end]

    # ------------------------------------------------------------------- names

    @property
    def symbols(self) -> Symbols:
        """The definitions by name."""
        return self.analysis.symbols

    def definitions(self, *kinds: type[ast.Node]) -> Iterator[Symbol]:
        """The definitions of some kinds, in order."""
        return (symbol for symbol in self.symbols if isinstance(symbol.node, kinds))

    @cached_property
    def index(self) -> Index:
        """What every name in the ruleset stands for, and who uses what."""
        return index(self.analysis, self.sources, self.catalog)

    # ----------------------------------------------------------------- meaning

    @property
    def plan(self) -> Plan:
        """The plan; only for rules that need it, which do not run where there is none."""
        assert self.analysis.plan is not None
        return self.analysis.plan

    def meaning(self, node: ast.Expression) -> Expr | None:
        """What an expression became: None in a define, where it depends on the call."""
        return self._meanings.get(id(node))

    @cached_property
    def _meanings(self) -> Mapping[int, Expr | None]:
        found: dict[int, Expr | None] = {}
        for node, expr in self.analysis.recording.typed:
            if found.setdefault(id(node), expr) is not expr:
                found[id(node)] = None
        return found

    @cached_property
    def survey(self) -> "Survey":
        """What the solver knows of the segments; only for rules that need the solver."""
        from segue.compiler.solver.survey import Survey

        assert self.solver is not None
        return Survey(self.plan, self.solver)

    @cached_property
    def lifecycles(self) -> "LifecycleSurvey":
        """What the solver knows of the lifecycles; only for rules that need the solver."""
        from segue.compiler.solver.lifecycles import LifecycleSurvey

        assert self.solver is not None
        return LifecycleSurvey(self.plan, self.solver)

    # ----------------------------------------------------------------- options

    def option(self, rule: Rule, name: str) -> Any:
        """An option of a rule: as set by the project, else what the rule says."""
        return self.options.get(rule.code, {}).get(name, rule.options[name])

    @cached_property
    def _tree(self) -> "_Tree":
        return _read_tree(self.sources)


@dataclass(frozen=True, slots=True)
class _Tree:
    """All nodes, by kind and with what is around them, from one walk."""

    by_kind: Mapping[type, Sequence[ast.Node]]
    parents: Mapping[int, ast.Node]
    files: Mapping[str, tuple[Source, Sequence[int]]]


def _read_tree(sources: Sequence[Source]) -> _Tree:
    by_kind: dict[type, list[ast.Node]] = {}
    parents: dict[int, ast.Node] = {}
    for source in sources:
        stack: list[ast.Node] = [source.tree]
        while stack:
            node = stack.pop()
            by_kind.setdefault(type(node), []).append(node)
            inside = list(children(node))
            for child in inside:
                parents[id(child)] = node
            inside.reverse()
            stack += inside
    files = {
        source.tree.span.path: (source, [item.span.start for item in source.tree.items])
        for source in sources
    }
    return _Tree(by_kind, parents, files)
