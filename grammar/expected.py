"""What could have stood in a place, in the words of the language rather than of its grammar."""

from collections.abc import Iterable, Set

from segue.grammar.lexer import END
from segue.grammar.tables import MARKS, PHRASES, WORDS
from segue.grammar.words import ITEMS

_SPELLING = {
    **{terminal: f"`{word}`" for word, terminal in WORDS.items()},
    **{terminal: f"`{mark}`" for mark, terminal in MARKS.items()},
    **{kind: f"`{kind.lower().replace('_', ' ')}`" for kind in PHRASES},
    "ANNIVERSARY": "`anniversary within`",
    "TAGGED": "`all metrics tagged …`",
    "NAME": "a name",
    "COMPARISON": "a comparison (`>=`, `==`, …)",
    "STRING": "a text in double quotes",
    END: "the end of the file",
}

# Groups are named when all of `needs` could stand there; then `covers` is not listed singly.
_ATOMS = frozenset(
    {
        *("NAME", "PATH", "LPAR", "MINUS", "EXTREME_OF"),
        *("NUMBER", "PERCENT", "DURATION", "STRING", "DATE", "TIMESTAMP", "TRUE", "FALSE"),
    }
)
_COMPARISONS = frozenset(
    {
        *("COMPARISON", "CONTAINS", "MATCHES", "STARTS_WITH", "ENDS_WITH", "ANNIVERSARY"),
        *("BETWEEN", "IN", "NOT_IN", "IS_MISSING", "IS_NOT_MISSING"),
    }
)
_UNITS = frozenset(
    {
        *("DAY", "DAYS", "WEEK", "WEEKS", "MONTH", "MONTHS"),
        *("QUARTER", "QUARTERS", "YEAR", "YEARS"),
    }
)
_ARITHMETIC = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "COALESCE"})
_CONDITIONS = frozenset({"NOT", "IN", "NOT_IN", "IF", "TOP"})
_ITEMS = frozenset(WORDS[word] for word in ITEMS)
_GROUPS: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("a condition or a value", frozenset({"NUMBER", "NOT", "NAME"}), _ATOMS | _CONDITIONS),
    ("a value", frozenset({"NUMBER", "NAME"}), _ATOMS),
    ("a comparison", frozenset({"COMPARISON", "BETWEEN"}), _COMPARISONS),
    ("arithmetic", frozenset({"PLUS", "MINUS"}), _ARITHMETIC),
    ("a calendar unit (`days`, `weeks`, `months`, `quarters`, `years`)", _UNITS, _UNITS),
    ("the next item (`metric`, `segment`, …)", _ITEMS, _ITEMS),
    ("a name", frozenset({"NAME", "PATH"}), frozenset({"NAME", "PATH"})),
)
_ORDER = ("AND", "OR", "COMMA")
_LAST = ("RPAR", "RSQB", "RBRACE", END)
# More words than this are summed up: nobody reads a list of twelve.
_MOST_WORDS = 4


def in_words(expected: Set[str], block: str = "") -> str:
    """`a comparison, `and`, `or` or the end of the segment`, for the terminals of a state."""
    left = set(expected) - {"VERSION"}
    if left >= _ITEMS:
        left.discard(END)
    phrases = []
    for phrase, needs, covers in _GROUPS:
        if needs <= left:
            phrases.append(phrase)
            left -= covers
    ordered = [kind for kind in _ORDER if kind in left]
    last = [kind for kind in _LAST if kind in left]
    words = sorted(left - set(ordered) - set(last))
    phrases += [_SPELLING.get(kind, kind.lower()) for kind in ordered]
    if len(words) > _MOST_WORDS and "RBRACE" in last:
        shown = ", ".join(_SPELLING.get(kind, kind.lower()) for kind in words[:2])
        phrases.append(f"another clause ({shown}, …)")
    else:
        phrases += [_SPELLING.get(kind, kind.lower()) for kind in words]
    for kind in last:
        ends_block = kind == "RBRACE" and block
        phrases.append(f"the end of the {block} (`}}`)" if ends_block else _SPELLING[kind])
    return listed(phrases)


def listed(phrases: Iterable[str]) -> str:
    """`a, b or c`."""
    *others, last = phrases
    return f"{', '.join(others)} or {last}" if others else last
