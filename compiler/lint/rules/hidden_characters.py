"""A text with characters that nobody sees.

What it does:
    Finds texts with blanks at an end that are compared as a whole, with invisible characters, or
    with letters of two alphabets in one word.

Why:
    `"Paris "` is not `"Paris"`, and a Cyrillic `а` is no `a`, though both look alike on every
    screen. Such a text was pasted from a document, and matches nobody.

Bad:
    segment parisians "Live in Paris" {
      when city == "Paris "
    }

Good:
    segment parisians "Live in Paris" {
      when city == "Paris"
    }

Fix:
    Unsafe: takes out the blanks and the invisible characters.
"""

import re
import unicodedata
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit, Safety
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity
from segue.grammar.unparse import unparse

_LETTERS = re.compile(r"[^\W\d_]+")
_INVISIBLE = ("Cf", "Cc", "Zl", "Zp", "Co", "Cn")


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    for text in context.nodes(ast.String):
        invisible = [c for c in text.value if unicodedata.category(c) in _INVISIBLE]
        mixed = next(filter(_is_mixed, _LETTERS.findall(text.value)), None)
        if invisible:
            yield _hit(text, f"an invisible character in it: U+{ord(invisible[0]):04X}")
        elif mixed is not None:
            yield Hit(
                text.span, f"`{mixed}` is written in letters of two alphabets", label="look closely"
            )
        elif text.value != text.value.strip() and _is_whole(context, text):
            yield _hit(text, "blanks at an end of it")


def _hit(text: ast.String, what: str) -> Hit:
    plain = "".join(c for c in text.value if unicodedata.category(c) not in _INVISIBLE).strip()
    new = ast.String(plain)
    return Hit(
        text.span,
        f"this text has {what}",
        label="matches only what has it too",
        help=f"write `{unparse(new)}`",
        fix=Fix(f"write `{unparse(new)}`", (Edit(text.span, unparse(new)),), Safety.UNSAFE),
    )


def _is_whole(context: Context, text: ast.String) -> bool:
    parent = context.parent(text)
    compared = isinstance(parent, ast.Binary) and parent.operator in ("==", "!=")
    return compared or isinstance(parent, ast.InList)


def _is_mixed(word: str) -> bool:
    """Whether a word has letters of Latin and of Greek or Cyrillic, some of which look alike."""
    alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in word}
    return "LATIN" in alphabets and bool(alphabets & {"CYRILLIC", "GREEK"})


RULE = Rule(
    code="SEG117",
    name="hidden-characters",
    category=Category.CORRECTNESS,
    severity=Severity.WARNING,
    needs=Needs.SYNTAX,
    check=check,
    documentation=__doc__,
)
