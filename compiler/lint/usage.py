"""Whether anything uses a definition."""

from segue.compiler.analysis.codes import UNKNOWN_NAME
from segue.compiler.analysis.symbols import Symbol
from segue.compiler.index.targets import definition
from segue.compiler.lint.context import Context


def is_unused(context: Context, symbol: Symbol) -> bool:
    """Whether no other definition names it, not even with a mistake in its spelling.

    Who has misspelt the only use of a metric is told that, and not to delete the metric.
    """
    if any(not place.defines for place in context.index.places(definition(symbol.name))):
        return False
    name = symbol.name.rpartition(".")[2]
    return not any(
        found.code == UNKNOWN_NAME.id and _suggests(found.help, name)
        for found in context.analysis.diagnostics
    )


def _suggests(help: str, name: str) -> bool:
    """Whether a hint in code marks says the name, with or without its folder, or a call of it."""
    said = help.split("`")[1::2]
    words = (text.removeprefix("in ").partition("(")[0].rpartition(".")[2] for text in said)
    return name in words
