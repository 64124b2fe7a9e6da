"""The mistakes people make, each with what to write instead.

A check looks at where the parse stopped and answers None when it does not know the mistake.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from segue.grammar import codes
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic, Label
from segue.grammar.durations import explain_number
from segue.grammar.lexer import Token
from segue.grammar.recovery import DROP, Repair, insert, replace
from segue.grammar.span import Span
from segue.grammar.stop import Stop
from segue.grammar.tables import WORDS
from segue.grammar.words import RESERVED


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was found, and what was meant if that is plain."""

    diagnostic: Diagnostic
    repair: Repair | None = None


def mistake(
    code: Code,
    message: str,
    span: Span,
    *,
    label: str = "",
    help: str = "",
    repair: Repair | None = None,
    related: tuple[Label, ...] = (),
) -> Mistake:
    """A mistake from its parts."""
    finding = Diagnostic(code.id, message, span, label=label, help=help, related=related)
    return Mistake(finding, repair)


# ------------------------------------------------------------- characters and literals


def unclosed_string(stop: Stop) -> Mistake | None:
    """A text without its closing quote."""
    token = stop.token
    if token.kind != "UNCLOSED_STRING":
        return None
    return mistake(
        codes.BAD_TEXT,
        "this text is not closed",
        token.span,
        label='the closing `"` is missing',
        help='end the text with `"` on the same line; a quote inside it is written \\"',
        repair=replace("STRING", '""'),
    )


def single_quotes(stop: Stop) -> Mistake | None:
    """`'text'`, as in SQL, and typographic quotes."""
    token = stop.token
    if token.kind != "QUOTED":
        return None
    inside = token.text.strip("'“”„«»‹›")
    fixed = '"' + inside.replace("\\'", "'").replace('"', '\\"') + '"'
    return mistake(
        codes.FOREIGN_SPELLING,
        "text stands in double quotes",
        token.span,
        label="other quotes",
        help=f"write {fixed}",
        repair=replace("STRING", '""'),
    )


def malformed_number(stop: Stop) -> Mistake | None:
    """`30m`, `1y`, `1.5h`, `12abc`."""
    token = stop.token
    if token.kind != "MALFORMED_NUMBER":
        return None
    message, help, meant = explain_number(token.text)
    return mistake(
        codes.BAD_LITERAL, message, token.span, help=help, repair=replace(meant, _ANY[meant])
    )


def malformed_date(stop: Stop) -> Mistake | None:
    """`2024-5-1`, `2024-05-01T12:30`."""
    token = stop.token
    if token.kind != "MALFORMED_DATE":
        return None
    return mistake(
        codes.BAD_LITERAL,
        f"`{token.text}` is no date",
        token.span,
        help="write a day as 2024-05-01 and a time as 2024-05-01T12:30:00, with `Z` for UTC",
        repair=replace("DATE", "1970-01-01"),
    )


_ANY = {"DURATION": "1d", "NUMBER": "0"}


def stray_character(stop: Stop) -> Mistake | None:
    """A character that is no part of the language."""
    token = stop.token
    if token.kind != "STRAY":
        return None
    first = token.text[0]
    code_point = f"U+{ord(first):04X}"
    name = unicodedata.name(first, code_point)
    shown = f"`{token.text}`" if token.text.isprintable() else name
    help = ""
    if first.isalpha():
        help = "names are made of the letters a to z, digits and `_`; in texts every letter is fine"
    elif first in "≤≥≠":
        help = f"write `{ {'≤': '<=', '≥': '>=', '≠': '!='}[first] }`"
    elif first == ";":
        help = "nothing separates items: the next one begins on its own line"
    elif not first.isprintable() or first.isspace():
        help = f"remove the invisible character {code_point}"
    return mistake(
        codes.UNEXPECTED,
        f"{shown} has no meaning here",
        token.span,
        help=help,
        repair=_without(stop, first),
    )


def _without(stop: Stop, character: str) -> Repair | None:
    """How to go on after a stray character: as a name, as nothing, or not at all."""
    if character in "≤≥≠":
        return replace("COMPARISON", "==")
    if "NAME" in stop.expected:
        return replace("NAME", "_") if character.isalpha() else DROP
    invisible = character.isspace() or not character.isprintable()
    return DROP if invisible or character == ";" else None


# ---------------------------------------------------------- habits of other languages

_FOREIGN: dict[str, tuple[str, str]] = {
    "&&": ("and", "AND"),
    "&": ("and", "AND"),
    "||": ("or", "OR"),
    "|": ("or", "OR"),
    "!": ("not", "NOT"),
    "<>": ("!=", "COMPARISON"),
    "===": ("==", "COMPARISON"),
    "!==": ("!=", "COMPARISON"),
    "=<": ("<=", "COMPARISON"),
    "=>": (">=", "COMPARISON"),
}


def foreign_operator(stop: Stop) -> Mistake | None:
    """`&&`, `||`, `!`, `<>`, `%`."""
    token = stop.token
    if token.kind != "FOREIGN":
        return None
    message = f"`{token.text}` is no operator of this language"
    if token.text not in _FOREIGN:
        return mistake(codes.FOREIGN_SPELLING, message, token.span)
    word, kind = _FOREIGN[token.text]
    return mistake(
        codes.FOREIGN_SPELLING,
        message,
        token.span,
        help=f"write `{word}`",
        repair=replace(kind, word),
    )


def single_equals(stop: Stop) -> Mistake | None:
    """`=` where `==` is meant."""
    token = stop.token
    if token.kind != "EQUAL" or "COMPARISON" not in stop.expected:
        return None
    return mistake(
        codes.FOREIGN_SPELLING,
        "`=` gives a name to something; comparing is `==`",
        token.span,
        help="write `==`",
        repair=replace("COMPARISON", "=="),
    )


def null_value(stop: Stop) -> Mistake | None:
    """`null`, `is null`, `x == null`."""
    token = stop.token
    if token.kind == "NULL_TEST":
        negated = "not" in token.text.lower().split()
        meant = "is not missing" if negated else "is missing"
        kind = "IS_NOT_MISSING" if negated else "IS_MISSING"
        return mistake(
            codes.FOREIGN_SPELLING,
            "a value that is not there is called missing",
            token.span,
            help=f"write `{meant}`",
            repair=replace(kind, meant),
        )
    if token.kind != "NULL":
        return None
    before = stop.at(-1)
    meant = "is not missing" if before.text == "!=" else "is missing"
    return mistake(
        codes.FOREIGN_SPELLING,
        f"there is no value `{token.text}`",
        token.span,
        help=f"to ask whether a value is there, write `x {meant}`",
        repair=replace("NAME", "null"),
    )


def like_operator(stop: Stop) -> Mistake | None:
    """`like`, `ilike`, `rlike`."""
    token = stop.token
    if token.text.lower() not in ("like", "ilike", "rlike", "regexp", "glob"):
        return None
    if "MATCHES" not in stop.expected:
        return None
    return mistake(
        codes.FOREIGN_SPELLING,
        f"there is no operator `{token.text}`",
        token.span,
        help="write `starts with`, `ends with`, `contains` or `matches` (a regular expression)",
        repair=replace("MATCHES", "matches"),
    )


def upper_case(stop: Stop) -> Mistake | None:
    """`AND`, `Or`, `BETWEEN`: keywords are written small."""
    for offset in (0, -1):
        token = stop.at(offset)
        small = token.text.lower()
        if token.kind != "NAME" or small == token.text or small not in WORDS:
            continue
        fits = WORDS[small] in stop.expected
        if not (fits or small in RESERVED) or (offset == -1 and small != "not"):
            continue
        return mistake(
            codes.FOREIGN_SPELLING,
            "words of the language are written in small letters",
            token.span,
            help=f"write `{small}`",
            repair=replace(WORDS[small], small) if fits and offset == 0 else None,
        )
    return None


def plain_is(stop: Stop) -> Mistake | None:
    """`x is true`, `x is "a"`."""
    if stop.token.text not in ("is", "IS") or "COMPARISON" not in stop.expected:
        return None
    return mistake(
        codes.FOREIGN_SPELLING,
        "`is` only stands in `is missing` and `is not missing`",
        stop.token.span,
        help="to compare, write `==`; a condition needs no `== true`",
        repair=replace("COMPARISON", "=="),
    )


# ------------------------------------------------------------------ shape of conditions


def chained_comparison(stop: Stop) -> Mistake | None:
    """`1 < x < 5`."""
    values = stop.machine.values
    if stop.token.kind != "COMPARISON" or len(values) < 3:
        return None
    before = values[-2]
    if not (isinstance(before, Token) and before.kind == "COMPARISON"):
        return None
    return mistake(
        codes.UNEXPECTED,
        "comparisons cannot be chained",
        stop.token.span,
        label="a second comparison",
        help="write `x between 1 and 5` (both ends included), or two comparisons with `and`",
        related=(Label(before.span, "the first comparison"),),
    )


def missing_over(stop: Stop) -> Mistake | None:
    """`count(email_open last 30d)`."""
    token = stop.token
    if token.text not in ("last", "since", "next", "previous", "this"):
        return None
    if "OVER" not in stop.expected:
        return None
    return mistake(
        codes.UNEXPECTED,
        "a window follows the word `over`",
        token.span,
        label="`over` is missing",
        help=f"write `over {token.text} …`",
        repair=insert("OVER", "over"),
    )


def missing_last(stop: Stop) -> Mistake | None:
    """`count(email_open over 30d)`."""
    if "AGO" not in stop.expected or stop.at(-2).kind != "OVER":
        return None
    size = stop.at(-1)
    return mistake(
        codes.UNEXPECTED,
        f"`over {size.text}` does not say which {size.text}",
        size.span,
        help=f"write `over last {size.text}`, or `over {size.text} ago to … ago`",
    )


def condition_as_value(stop: Stop) -> Mistake | None:
    """`if` within an expression."""
    if stop.token.kind != "IF" or "LPAR" not in stop.expected:
        return None
    return mistake(
        codes.UNEXPECTED,
        "`if` inside an expression stands in brackets",
        stop.token.span,
        help="write `(if … then … else …)`",
    )


_ELEMENTS = frozenset({"NAME", "PATH", "STRING", "NUMBER", "PERCENT", "DURATION", "DATE"})


def missing_comma(stop: Stop) -> Mistake | None:
    """`actions a b`."""
    token = stop.token
    if "COMMA" not in stop.expected or token.kind not in _ELEMENTS:
        return None
    return mistake(
        codes.UNEXPECTED,
        f"a comma is missing before `{token.text}`",
        token.span,
        help="the elements of a list are separated by commas",
        repair=insert("COMMA", ","),
    )


def reserved_name(stop: Stop) -> Mistake | None:
    """A word of the language where a new name should stand."""
    token = stop.token
    if token.text not in RESERVED or "NAME" not in stop.expected or "NUMBER" in stop.expected:
        return None
    return mistake(
        codes.UNEXPECTED,
        f"`{token.text}` is a word of the language and cannot be a name",
        token.span,
        help=f"choose another name, such as `{token.text}_`",
        repair=replace("NAME", token.text),
    )


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    unclosed_string,
    single_quotes,
    malformed_number,
    malformed_date,
    stray_character,
    foreign_operator,
    single_equals,
    null_value,
    like_operator,
    upper_case,
    plain_is,
    chained_comparison,
    missing_over,
    missing_last,
    condition_as_value,
    reserved_name,
)
# These guess more, so they come after what is known about blocks and brackets.
LATE_CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (missing_comma,)
