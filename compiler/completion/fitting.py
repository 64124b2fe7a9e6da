"""Whether a value of some type fits beside another, asked of the type checker itself."""

from segue.compiler.analysis import advice
from segue.compiler.analysis.analysis import Analysis
from segue.compiler.analysis.problems import Blocked, Problem
from segue.compiler.analysis.scope import Scope
from segue.compiler.analysis.symbols import Symbols
from segue.compiler.catalog.model import Catalog
from segue.compiler.plan.build import Build, BuildError
from segue.compiler.plan.nodes import Expr, Graph
from segue.compiler.types import Type
from segue.grammar import ast

_LEFT, _RIGHT = ast.Name(("left",)), ast.Name(("right",))


class Fitting:
    """Answers for one place; each pair of types is tried once."""

    def __init__(self, catalog: Catalog) -> None:
        self._build = Build(Graph(), catalog)
        self._known: dict[tuple[str, Type, Type], bool] = {}

    def fits(self, operator: str, left: Type, right: Type) -> bool:
        """Whether `left operator right` has a meaning."""
        key = (operator, left, right)
        if key not in self._known:
            self._known[key] = self._try(operator, left, right)
        return self._known[key]

    def _try(self, operator: str, left: Type, right: Type) -> bool:
        operands = ((_LEFT, self._stub("left", left)), (_RIGHT, self._stub("right", right)))
        try:
            advice.check_comparison(operands)
            self._build.call(operator, operands[0][1], operands[1][1])
        except (Problem, BuildError):
            return False
        return True

    def _stub(self, name: str, type: Type) -> Expr:
        return self._build.graph.make("attribute", param=name, type=type)


def type_of(
    node: ast.Expression,
    catalog: Catalog,
    symbols: Symbols,
    module: tuple[str, ...],
    events: tuple[str, ...],
) -> Type | None:
    """The type of an expression at a place, or None where it has a mistake."""
    analysis = Analysis(catalog, symbols)
    try:
        return analysis.lower(Scope(module, events=events), node).type
    except (Problem, Blocked, RecursionError):
        return None
