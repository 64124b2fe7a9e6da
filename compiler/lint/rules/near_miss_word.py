"""A word that is nearly another one.

What it does:
    Finds priorities, cadences, actions and tags that are one letter away from another one of the
    same kind which more blocks use.

Why:
    These words are yours, so Segue accepts any. Whoever carries out `early_acess` does not know it,
    and nothing happens.

Bad:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
      actions early_access
    }

    segment buyers "Have bought lately" {
      when exists(purchase over last 30d)
      actions early_access
    }

    segment clickers "Click on things" {
      when exists(email_click over last 30d)
      actions early_acess
    }

Good:
    segment readers "Open our mails" {
      when exists(email_open over last 30d)
      actions early_access
    }

    segment buyers "Have bought lately" {
      when exists(purchase over last 30d)
      actions early_access
    }

    segment clickers "Click on things" {
      when exists(email_click over last 30d)
      actions early_access
    }

Fix:
    Unsafe: writes the other word.
"""

from collections import defaultdict
from collections.abc import Iterator

from segue.compiler.lint.context import Context
from segue.compiler.lint.finding import Edit, Fix, Hit, Safety
from segue.compiler.lint.rule import Category, Needs, Rule
from segue.grammar import ast
from segue.grammar.diagnostics import Severity

_KINDS = ("priority", "cadence", "actions", "tags", "nurture", "do", "start", "stop")
_SHORTEST = 5


def check(context: Context) -> Iterator[Hit]:
    """The hits of the rule."""
    places: dict[str, dict[str, list[ast.Identifier]]] = defaultdict(lambda: defaultdict(list))
    for kind, word in _words(context):
        places[kind][word.text].append(word)
    for words in places.values():
        numbers = {word: len(found) for word, found in words.items()}
        for miss, better in _near_misses(numbers):
            for place in words[miss]:
                yield _hit(place, better, numbers[better])


def _words(context: Context) -> Iterator[tuple[str, ast.Identifier]]:
    for source in context.sources:
        for item in source.tree.items:
            for block in (item, *getattr(item, "tiers", ()), *getattr(item, "stages", ())):
                yield from _words_of(block)


def _words_of(block: ast.Node) -> Iterator[tuple[str, ast.Identifier]]:
    for kind in _KINDS:
        value = getattr(block, kind, None)
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, ast.Identifier):
                yield kind, word


def _near_misses(numbers: dict[str, int]) -> Iterator[tuple[str, str]]:
    """The words that are one letter away from a word which is used more often, and that word."""
    by_trace: dict[str, list[str]] = defaultdict(list)
    for word in numbers:
        for trace in _traces(word):
            by_trace[trace].append(word)
    for word, number in numbers.items():
        near = {other for trace in _traces(word) for other in by_trace[trace]}
        better = [o for o in near if numbers[o] > number and _differ_in_a_letter(word, o)]
        if better and len(word) >= _SHORTEST:
            yield word, max(better, key=lambda other: (numbers[other], other))


def _traces(word: str) -> set[str]:
    """The word, and the word without each of its letters: words one letter apart share one."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _differ_in_a_letter(one: str, other: str) -> bool:
    """Whether they are one letter apart; a digit more or less is another word."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    changed = {c for c in one + other if one.count(c) != other.count(c)}
    if any(c.isdigit() for c in changed):
        return False
    if len(one) == len(other):
        return sum(a != b for a, b in zip(one, other, strict=True)) <= 1
    short, long = sorted((one, other), key=len)
    return short in _traces(long)


def _hit(place: ast.Identifier, better: str, number: int) -> Hit:
    times = "once" if number == 1 else f"{number} times"
    return Hit(
        place.span,
        f"`{place.text}` is written `{better}` {times} elsewhere",
        label="one letter away",
        help=f"write `{better}`",
        fix=Fix(f"write `{better}`", (Edit(place.span, better),), Safety.UNSAFE),
    )


RULE = Rule(
    code="SEG409",
    name="near-miss-word",
    category=Category.UPKEEP,
    severity=Severity.WARNING,
    needs=Needs.NAMES,
    check=check,
    documentation=__doc__,
)
