"""Blocks as other languages write them: their names, titles and words."""

from collections.abc import Callable

from segue.grammar import codes
from segue.grammar.habits.pieces import foreign
from segue.grammar.lexer import Token
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import Repair, replace
from segue.grammar.stop import NAMES, Stop
from segue.grammar.words import ITEMS, SOFT


def title_as_name(stop: Stop) -> Mistake | None:
    """`segment win-back {`, `segment VIP customers {`, `metric count(x) as orders`."""
    item, name = stop.at(-2), stop.at(-1)
    if item.text not in ITEMS or name.kind not in NAMES or "STRING" not in stop.expected:
        return None
    if not stop.begins_line(-2):
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


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    title_as_name,
    colon_block,
    quoted_word,
)
