"""Marks of other languages: their comments, numbers, casts and braces."""

from collections.abc import Callable

from segue.grammar.habits.pieces import foreign
from segue.grammar.mistakes import Mistake
from segue.grammar.recovery import DROP, Repair
from segue.grammar.stop import NAMES, Stop


def comment_marks(stop: Stop) -> Mistake | None:
    """`-- text`, `// text`: the line was read as a rule until it no longer could be."""
    tokens, line = stop.machine.tokens, stop.token.span.line
    for index in range(stop.index, -1, -1):
        token, following = tokens[index], tokens[min(index + 1, len(tokens) - 1)]
        if token.span.line != line:
            return None
        doubled = token.kind == following.kind and token.kind in ("MINUS", "SLASH")
        if doubled and following.span.start == token.span.end:
            return foreign(
                f"a comment begins with `#`, not with `{token.text * 2}`",
                token.span.to(following.span),
                "write `# …`",
            )
    return None


def currency(stop: Stop) -> Mistake | None:
    """`€50`, `$50`."""
    token = stop.token
    if token.kind != "STRAY" or token.text[0] not in "€$£¥":
        return None
    number = stop.at(1)
    amount = number.text if number.kind == "NUMBER" else "50"
    return foreign(
        "amounts are written without their currency",
        token.span.to(number.span) if number.kind == "NUMBER" else token.span,
        f"write `{amount}`: the catalog says what an amount is in",
        DROP,
    )


def number_with_comma(stop: Stop) -> Mistake | None:
    """`99,90`, `1,000`."""
    before, comma, after = stop.at(-1), stop.token, stop.at(1)
    if comma.kind != "COMMA" or before.kind != "NUMBER" or after.kind != "NUMBER":
        return None
    if after.span.start != comma.span.end or comma.span.start != before.span.end:
        return None
    thousands = len(after.text) == 3
    meant = f"{before.text}_{after.text}" if thousands else f"{before.text}.{after.text}"
    return foreign(
        "numbers are written without commas",
        before.span.to(after.span),
        f"write `{meant}`" + (" for thousands" if thousands else ""),
    )


def modulo(stop: Stop) -> Mistake | None:
    """`customer_id % 10 == 0`."""
    if stop.token.kind != "FOREIGN" or stop.token.text != "%":
        return None
    return foreign(
        "`%` only stands behind a number, as in `15%`",
        stop.token.span,
        'to split by chance, write `bucket(customer_id, "a name", 10) == 0`',
    )


def liquid(stop: Stop) -> Mistake | None:
    """`{{custom_attribute.plan}}`."""
    if stop.token.kind != "LBRACE" or stop.at(1).kind != "LBRACE" or "LPAR" not in stop.expected:
        return None
    inside = stop.at(2)
    name = inside.text.rpartition(".")[2] if inside.kind in NAMES else "plan"
    return foreign(
        "a value is read by its name, without braces",
        stop.token.span.to(stop.at(1).span),
        f"write `{name}`",
    )


def cast(stop: Stop) -> Mistake | None:
    """`birth_date::date`."""
    if stop.token.kind != "COLON" or stop.at(1).kind != "COLON":
        return None
    return foreign(
        "values are not cast: the catalog says their types",
        stop.token.span.to(stop.at(2).span),
        f"remove `::{stop.at(2).text}`",
        Repair((), instead_of=3),
    )


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    comment_marks,
    currency,
    number_with_comma,
    modulo,
    liquid,
    cast,
)
