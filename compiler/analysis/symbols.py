"""Who is called what: the definitions of all files, and where a name is looked up.

A folder is a module. A definition's full name is its folder's path and its own name
(`email.engaged`); a rule sees the names of its own folder, then of the folders around it, and
any other by its path.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from segue.compiler.analysis import codes, tiers
from segue.compiler.analysis.problems import problem
from segue.compiler.catalog.model import Catalog
from segue.compiler.operators.aggregates import AGGREGATES
from segue.compiler.operators.population import POPULATION
from segue.compiler.operators.registry import FUNCTIONS
from segue.grammar import ast
from segue.grammar.diagnostics import Diagnostic, Label

Definition = ast.Metric | ast.State | ast.Condition | ast.Segment | ast.Define | ast.Score

KIND_NAMES: Mapping[type, str] = {
    ast.Metric: "metric",
    ast.State: "state",
    ast.Condition: "condition",
    ast.Segment: "segment",
    ast.Define: "define",
    ast.Score: "score",
}


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file and the module (folder, as a path of names) it belongs to."""

    module: tuple[str, ...]
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition with its full name.

    `tiers` are the tiers it stems from, as their value or as one of them.
    """

    module: tuple[str, ...]
    node: Definition
    tiers: ast.Tiers | None = None

    @property
    def name(self) -> str:
        """The full name."""
        return ".".join((*self.module, self.node.name.text))

    @property
    def kind(self) -> str:
        """What it was defined as."""
        if self.tiers is not None:
            return "tier" if self.is_tier else "set of tiers"
        return KIND_NAMES[type(self.node)]

    @property
    def is_tier(self) -> bool:
        """Whether it is one tier of some."""
        return self.tiers is not None and isinstance(self.node, ast.Segment)

    @property
    def tiers_name(self) -> str | None:
        """The full name of its tiers."""
        return self._beside(self.tiers.name) if self.tiers is not None else None

    @property
    def tier_names(self) -> tuple[str, ...]:
        """The full names of all tiers of its tiers."""
        tiers = self.tiers.tiers if self.tiers is not None else ()
        return tuple(self._beside(tier.name) for tier in tiers)

    def _beside(self, name: ast.Identifier) -> str:
        return ".".join((*self.module, name.text))


class Symbols:
    """All definitions by full name."""

    def __init__(self, symbols: Mapping[str, Symbol], unsupported: Mapping[str, str]) -> None:
        self._symbols = symbols
        self._unsupported = unsupported

    def __iter__(self) -> Iterator[Symbol]:
        """In the order of the files, and of the definitions in each."""
        return iter(self._symbols.values())

    def find(self, parts: tuple[str, ...], module: tuple[str, ...]) -> Symbol | None:
        """What a name means in a module: its own folder first, then outwards."""
        for depth in range(len(module), -1, -1):
            found = self._symbols.get(".".join((*module[:depth], *parts)))
            if found is not None:
                return found
        return None

    def unsupported(self, name: str) -> str | None:
        """The kind of block that defines a name whose meaning this version lacks."""
        return self._unsupported.get(name)

    def visible(self, module: tuple[str, ...]) -> Iterator[str]:
        """The names a module can write, for suggestions."""
        return (self.seen_from(symbol, module) for symbol in self._symbols.values())

    def seen_from(self, symbol: Symbol, module: tuple[str, ...]) -> str:
        """How a module writes the name of a definition."""
        inside = module[: len(symbol.module)] == symbol.module
        return symbol.node.name.text if inside else symbol.name


def collect(sources: Iterable[Source], catalog: Catalog) -> tuple[Symbols, list[Diagnostic]]:
    """The definitions of all files, with a finding for each name that is taken twice."""
    symbols: dict[str, Symbol] = {}
    unsupported: dict[str, str] = {}
    found: list[Diagnostic] = []
    taken = _catalog_names(catalog)
    # Engines ignore case in the names of columns and views, which definitions become.
    folded: dict[str, Symbol] = {}
    for source in sources:
        for item in source.tree.items:
            # Lifecycles have names of their own, assertions none.
            if isinstance(item, ast.Lifecycle | ast.Assert):
                continue
            defined = list(_symbols(source.module, item))
            if not defined:
                kind, names = describe(item)
                unsupported |= dict.fromkeys(names, kind)
                found.append(_not_supported(item, kind, names))
            for symbol in defined:
                earlier = folded.setdefault(symbol.name.lower(), symbol)
                what = taken.get(symbol.node.name.text.lower()) or _built_in(symbol.node)
                if earlier is not symbol:
                    found.append(_defined_twice(symbol, earlier))
                elif what is not None:
                    found.append(_shadows(symbol, what))
                else:
                    symbols[symbol.name] = symbol
            if isinstance(item, ast.Define):
                found += _parameters(item, taken)
    return Symbols(symbols, unsupported), found


def _symbols(module: tuple[str, ...], item: ast.Item) -> Iterator[Symbol]:
    """What an item defines."""
    match item:
        case (
            ast.Metric()
            | ast.State()
            | ast.Condition()
            | ast.Segment()
            | ast.Define()
            | ast.Score()
        ):
            yield Symbol(module, item)
        case ast.Tiers():
            yield Symbol(module, tiers.value(item), item)
            for segment in tiers.segments(item):
                yield Symbol(module, segment, item)


def describe(item: object) -> tuple[str, tuple[str, ...]]:
    """What kind of block an item is, as the language writes it, and the names it defines."""
    kind = type(item).__name__.lower()
    kind = {"reaction": "on", "assertion": "assert"}.get(kind, kind)
    names: list[str] = []
    own = getattr(item, "name", None)
    if isinstance(own, ast.Identifier):
        names.append(own.text)
    for inner in getattr(item, "tiers", ()):
        names.append(inner.name.text)
    return kind, tuple(names)


def _catalog_names(catalog: Catalog) -> dict[str, str]:
    entity = catalog.entity
    names = {"as_of": "the instant of evaluation", "today": "the day of evaluation"}
    names[entity.name] = "the entity"
    names[entity.key.name] = "the entity's key"
    names |= dict.fromkeys(entity.attributes, f"an attribute of {entity.name}")
    names |= dict.fromkeys(catalog.events, "an event of the catalog")
    return {name.lower(): what for name, what in names.items()}


def _built_in(item: Definition) -> str | None:
    """What the language itself calls by the name of a define or a score.

    A value may be called `age` or `min`: it is written without brackets, so nobody mixes it up.
    """
    name = item.name.text
    if not isinstance(item, ast.Define | ast.Score):
        return None
    if name in AGGREGATES:
        return "an aggregate of the language"
    return "a function of the language" if name in FUNCTIONS or name in POPULATION else None


def _parameters(define: ast.Define, taken: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Findings about parameters that could be taken for something else."""
    seen: set[str] = set()
    for parameter in define.parameters:
        name = parameter.text
        what = "a parameter before this one" if name in seen else taken.get(name.lower())
        seen.add(name)
        if what is not None:
            yield problem(
                codes.DEFINED_TWICE,
                parameter.span,
                f"`{name}` is already {what}",
                label=f"a parameter of `{define.name.text}`",
                help="give the parameter another name",
            ).diagnostic


def _defined_twice(symbol: Symbol, earlier: Symbol) -> Diagnostic:
    name, first = symbol.name, earlier.name
    return problem(
        codes.DEFINED_TWICE,
        symbol.node.name.span,
        f"`{name}` is defined twice"
        if name == first
        else f"`{name}` and `{first}` differ only in case, which databases ignore",
        label=f"this {symbol.kind}",
        help="give one of them another name, or move it to a folder of its own",
        related=(Label(earlier.node.name.span, f"the first, a {earlier.kind}"),),
    ).diagnostic


def _shadows(symbol: Symbol, what: str) -> Diagnostic:
    name = symbol.node.name.text
    return problem(
        codes.DEFINED_TWICE,
        symbol.node.name.span,
        f"`{name}` is already {what}",
        label=f"a {symbol.kind} of the same name",
        help="give it another name",
    ).diagnostic


def _not_supported(item: ast.Node, kind: str, names: tuple[str, ...]) -> Diagnostic:
    title = f"`{kind} {names[0]}`" if names else f"`{kind}`"
    return problem(
        codes.NOT_YET_SUPPORTED,
        item.span._replace(end=item.span.start + len(kind)),
        f"{title} is not yet supported",
        help=f"this version reads and formats `{kind}` blocks but cannot compile them",
    ).diagnostic
