"""Blocks as other languages write them: their names, titles and words."""

from collections.abc import Callable

from segue.grammar import codes
from segue.grammar.habits.pieces import foreign, written
from segue.grammar.lexer import END, Token
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import DROP, Repair, insert, replace
from segue.grammar.stop import NAMES, Stop
from segue.grammar.words import ITEMS, SOFT

_CLAUSES = frozenset({"when", "enter", "predict", "stage"})


def title_as_name(stop: Stop) -> Mistake | None:
    """`segment win-back {`, `segment VIP customers {`, `metric count(x) as orders`."""
    item, name = stop.at(-2), stop.at(-1)
    if item.text not in ITEMS or name.kind not in NAMES or "STRING" not in stop.expected:
        return None
    if not stop.begins_line(-2) or stop.token.text in _CLAUSES:
        return None
    if stop.token.kind == "LPAR":
        return mistake(
            codes.UNEXPECTED,
            f"a {item.text} begins with its name",
            name.span,
            label="not a name, but a value",
            help=f"write `{item.text} name = {name.text}(…)`",
        )
    rest: list[Token] = []
    while (token := stop.at(len(rest))).kind in NAMES | {"MINUS", "NUMBER"}:
        if token.span.line != name.span.line:
            break
        rest.append(token)
    if not rest:
        return None
    joined = "_".join(t.text for t in (name, *rest) if t.kind != "MINUS")
    return mistake(
        codes.UNEXPECTED,
        "names are made of letters, digits and `_`",
        name.span.to(rest[-1].span),
        help=f'write `{joined}`; a title for people follows it: `{item.text} {joined} "…"`',
        repair=Repair((), instead_of=len(rest)),
    )


def colon_block(stop: Stop) -> Mistake | None:
    """`segment pros:`."""
    if stop.token.kind != "COLON" or "LBRACE" not in stop.expected:
        return None
    item, name = stop.at(-2).text, stop.at(-1).text
    return foreign(
        "a block stands in braces",
        stop.token.span,
        f"write `{item} {name} {{ … }}`",
    )


def quoted_word(stop: Stop) -> Mistake | None:
    """`priority "high"`."""
    token = stop.token
    if token.kind != "STRING" or "NAME" not in stop.expected or "NUMBER" in stop.expected:
        return None
    word = token.text.strip('"')
    if stop.at(-1).kind not in SOFT | {"COMMA"} or stop.at(-1).text in ITEMS:
        return None
    plain = word.isascii() and word.isidentifier()
    return foreign(
        "a word of your own is written without quotes",
        token.span,
        f"write `{word if plain else 'a_name'}`",
        replace("NAME", word) if plain else None,
    )


def without_braces(stop: Stop) -> Mistake | None:
    """`segment a when exists(purchase)`."""
    if stop.token.text not in _CLAUSES or "LBRACE" not in stop.expected:
        return None
    item, name = stop.at(-2).text, stop.at(-1).text
    return foreign(
        "a block stands in braces",
        stop.token.span,
        f"write `{item} {name} {{ {stop.token.text} … }}`",
    )


def title_without_name(stop: Stop) -> Mistake | None:
    """`segment "VIP" {`."""
    item, title = stop.at(-1).text, stop.token
    if title.kind != "STRING" or item not in ITEMS or "NAME" not in stop.expected:
        return None
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in title.text.lower()).split()
    name = "_".join(words) or "a_name"
    name = f"_{name}" if name[0].isdigit() else name
    return mistake(
        codes.UNEXPECTED,
        f"a {item} has a name for rules, and then a title for people",
        title.span,
        help=f"write `{item} {name} {title.text}`",
        repair=insert("NAME", name),
    )


def braces_for_a_value(stop: Stop) -> Mistake | None:
    """`metric orders { count(purchase) }`, `metric orders: int = count(purchase)`."""
    item, name = stop.at(-2).text, stop.at(-1).text
    if "EQUAL" not in stop.expected or item not in ("metric", "condition"):
        return None
    if stop.token.kind == "LBRACE":
        return foreign(
            f"a {item} is one value, and has no block",
            stop.token.span,
            f"write `{item} {name} = …`",
        )
    if stop.token.kind == "COLON":
        return foreign(
            f"the type of a {item} follows from its value",
            stop.token.span.to(stop.at(1).span),
            f"write `{item} {name} = …`",
            Repair((), instead_of=2),
        )
    return None


def comma_between_clauses(stop: Stop) -> Mistake | None:
    """`when exists(purchase), priority high`."""
    following = stop.at(1)
    if stop.token.kind != "COMMA" or "RBRACE" not in stop.expected:
        return None
    if following.kind not in stop.expected or following.kind == "RBRACE":
        return None
    return foreign(
        "clauses stand without commas between them",
        stop.token.span,
        f"leave it out, and begin a line with `{following.text}`",
        DROP,
    )


def tier_for_the_rest(stop: Stop) -> Mistake | None:
    """`tiers … { high when >= 100 low }`."""
    name = stop.at(-1)
    if stop.token.kind != "RBRACE" or "OTHERWISE" not in stop.expected or name.kind not in NAMES:
        return None
    return mistake(
        codes.UNEXPECTED,
        f"the tier `{name.text}` does not say who is in it",
        name.span,
        help=f"for everybody else write `{name.text} otherwise`",
        repair=insert("OTHERWISE", "otherwise"),
    )


def tier_with_a_condition(stop: Stop) -> Mistake | None:
    """`high when sum(purchase.amount) >= 100`."""
    if stop.block() != "tiers" or stop.at(-1).kind != "WHEN" or "COMPARISON" not in stop.expected:
        return None
    line: list[Token] = []
    while (token := stop.at(len(line))).kind not in ("RBRACE", END):
        if token.span.line != stop.token.span.line:
            break
        line.append(token)
    tier = stop.at(-2).text
    if stop.token.kind in ("NUMBER", "PERCENT", "DURATION"):
        return mistake(
            codes.UNEXPECTED,
            "a tier says how its value compares",
            stop.token.span,
            help=f"write `{tier} when >= {stop.token.text}`",
            repair=insert("COMPARISON", ">="),
        )
    found = next((n for n, token in enumerate(line) if token.kind == "COMPARISON"), None)
    bound = written(line[found:]) if found is not None else ">= …"
    return mistake(
        codes.UNEXPECTED,
        "a tier compares the value that stands behind `by`, and nothing else",
        stop.token.span.to(line[-1].span) if line else stop.token.span,
        help=f"write `{tier} when {bound}`; other conditions make segments",
        repair=Repair((), instead_of=found) if found else None,
    )


def tiers_of_nothing(stop: Stop) -> Mistake | None:
    """`tiers spend {`."""
    if stop.token.kind != "LBRACE" or "BY" not in stop.expected or stop.at(-2).text != "tiers":
        return None
    return mistake(
        codes.UNEXPECTED,
        "tiers divide everybody by a value",
        stop.token.span,
        help=f"write `tiers {stop.at(-1).text} by sum(…) {{ … }}`",
    )


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    title_as_name,
    colon_block,
    quoted_word,
    without_braces,
    title_without_name,
    braces_for_a_value,
    comma_between_clauses,
    tier_for_the_rest,
    tier_with_a_condition,
    tiers_of_nothing,
)
