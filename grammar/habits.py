"""What people write who come from SQL, spreadsheets, marketing tools or another language.

Each check knows one habit and says how Segue spells it; like the mistakes beside it, it answers
None when it does not know what it sees. What is about windows is in `window_habits`.
"""

from collections.abc import Callable, Iterable
from types import MappingProxyType

from segue.grammar import codes
from segue.grammar.lexer import Token
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import DROP, Repair, replace
from segue.grammar.span import Span
from segue.grammar.stop import NAMES, Stop
from segue.grammar.words import ITEMS, SOFT


def written(tokens: Iterable[Token]) -> str:
    """Tokens as they stand in the source, but on one line."""
    parts: list[str] = []
    end = None
    for token in tokens:
        if end is not None and token.span.start > end:
            parts.append(" ")
        parts.append(token.text)
        end = token.span.end
    return "".join(parts)


def words_at(stop: Stop, offset: int, count: int) -> tuple[str, ...]:
    """So many words from a place on, in small letters."""
    return tuple(stop.at(offset + i).text.lower() for i in range(count))


def says(stop: Stop, offset: int, *words: str) -> bool:
    """Whether the words stand in a place, in any letters."""
    return words_at(stop, offset, len(words)) == words


def _foreign(message: str, span: Span, help: str, repair: Repair | None = None) -> Mistake:
    return mistake(codes.FOREIGN_SPELLING, message, span, help=help, repair=repair)


# --------------------------------------------------------------------- comments and marks


def comment_marks(stop: Stop) -> Mistake | None:
    """`-- text`, `// text`: the line was read as a rule until it no longer could be."""
    tokens, line = stop.machine.tokens, stop.token.span.line
    for index in range(stop.index, -1, -1):
        token, following = tokens[index], tokens[min(index + 1, len(tokens) - 1)]
        if token.span.line != line:
            return None
        doubled = token.kind == following.kind and token.kind in ("MINUS", "SLASH")
        if doubled and following.span.start == token.span.end:
            return _foreign(
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
    return _foreign(
        "amounts are written without their currency",
        token.span,
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
    return _foreign(
        "numbers are written without commas",
        before.span.to(after.span),
        f"write `{meant}`" + (" for thousands" if thousands else ""),
    )


def modulo(stop: Stop) -> Mistake | None:
    """`customer_id % 10 == 0`."""
    if stop.token.kind != "FOREIGN" or stop.token.text != "%":
        return None
    return _foreign(
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
    return _foreign(
        "a value is read by its name, without braces",
        stop.token.span.to(stop.at(1).span),
        f"write `{name}`",
    )


def cast(stop: Stop) -> Mistake | None:
    """`birth_date::date`."""
    if stop.token.kind != "COLON" or stop.at(1).kind != "COLON":
        return None
    return _foreign(
        "values are not cast: the catalog says their types",
        stop.token.span.to(stop.at(2).span),
        f"remove `::{stop.at(2).text}`",
        Repair((), instead_of=3),
    )


# --------------------------------------------------------------------------- names, blocks


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
    return _foreign(
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
    return _foreign(
        "a word of your own is written without quotes",
        token.span,
        f"write `{word if plain else 'a_name'}`",
        replace("NAME", word) if plain else None,
    )


# ------------------------------------------------------------------------------ SQL, Excel


def count_star(stop: Stop) -> Mistake | None:
    """`count(*)`."""
    if stop.token.kind != "STAR" or stop.at(-1).kind != "LPAR":
        return None
    function = stop.at(-2).text
    return _foreign(
        "there are no rows to take all of: an aggregate names its event",
        stop.token.span,
        f"write `{function}(purchase)`, with an event of the catalog",
    )


def distinct(stop: Stop) -> Mistake | None:
    """`count(distinct purchase.sku)`."""
    if stop.at(-1).text.lower() != "distinct" or stop.at(-2).kind != "LPAR":
        return None
    if stop.token.kind not in NAMES:
        return None
    return _foreign(
        "`distinct` is part of the function's name",
        stop.at(-1).span,
        f"write `count_distinct({stop.token.text})`",
    )


def round_list(stop: Stop) -> Mistake | None:
    """`country in ("FR", "DE")`, `id in (select …)`."""
    if stop.token.kind != "LPAR" or stop.at(-1).kind not in ("IN", "NOT_IN"):
        return None
    operator = stop.at(-1).text
    if stop.at(1).text.lower() == "select":
        return _foreign(
            "a rule holds no queries",
            stop.token.span.to(stop.at(1).span),
            "who is in another segment is asked by `in that_segment`, what somebody did by "
            "`exists(purchase)`",
        )
    items: list[Token] = []
    while (token := stop.at(1 + len(items))).kind in _LIST:
        items.append(token)
    shown = written(items) if token.kind == "RPAR" else "…"
    return _foreign(
        "a list stands in square brackets",
        stop.token.span,
        f"write `{operator} [{shown}]`",
    )


_LIST = frozenset({"STRING", "NUMBER", "PERCENT", "DURATION", "DATE", "COMMA", "NAME", "PATH"})


def not_between(stop: Stop) -> Mistake | None:
    """`orders not between 2 and 5`."""
    if stop.token.kind != "NOT" or stop.at(1).kind != "BETWEEN":
        return None
    value = stop.at(-1).text if stop.at(-1).kind in NAMES else "x"
    rest = (
        written(stop.at(i) for i in range(1, 5)) if stop.at(3).kind == "AND" else "between … and …"
    )
    return _foreign(
        "`not` stands before the whole condition",
        stop.token.span,
        f"write `not {value} {rest}`",
    )


def case_expression(stop: Stop) -> Mistake | None:
    """`case when … then … else … end`."""
    if stop.token.kind != "WHEN" or stop.at(-1).text.lower() != "case":
        return None
    return _foreign(
        "there is no `case`",
        stop.at(-1).span,
        "write `if … then … else …`",
    )


def group_by(stop: Stop) -> Mistake | None:
    """`sum(x) group by y`, `order by y`."""
    if stop.token.text.lower() not in ("group", "order") or stop.at(1).kind != "BY":
        return None
    return _foreign(
        f"there is no `{stop.token.text} by`: a metric is one value for each customer",
        stop.token.span.to(stop.at(1).span),
        "write a metric for each group, with `where`; the most frequent value is `mode(…)`",
    )


def if_function(stop: Stop) -> Mistake | None:
    """`if(a, b, c)`."""
    bracket = stop.open_bracket()
    if stop.token.kind != "COMMA" or bracket is None or bracket.kind != "LPAR":
        return None
    tokens = stop.machine.tokens
    opened = tokens.index(bracket)
    if opened == 0 or tokens[opened - 1].kind != "IF":
        return None
    condition = written(tokens[opened + 1 : stop.index])
    then, second, otherwise, closed = (stop.at(i) for i in range(1, 5))
    simple = second.kind == "COMMA" and closed.kind == "RPAR"
    rest = f"then {then.text} else {otherwise.text}" if simple else "then … else …"
    return _foreign(
        "`if` is no function",
        tokens[opened - 1].span,
        f"write `if {condition} {rest}`",
    )


def late_if(stop: Stop) -> Mistake | None:
    """`2 if plan == "pro" else 1`."""
    if stop.token.kind != "IF" or "PLUS" not in stop.expected:
        return None
    return _foreign(
        "the condition comes first",
        stop.token.span,
        f"write `if … then {stop.at(-1).text} else …`",
    )


def named_argument(stop: Stop) -> Mistake | None:
    """`timedelta(days = 30)`."""
    if stop.token.kind != "EQUAL" or stop.at(-1).kind not in NAMES:
        return None
    opened = stop.at(-2)
    if opened.kind not in ("LPAR", "COMMA") or stop.at(-3).kind not in NAMES:
        return None
    function, value = stop.at(-3).text, stop.at(1).text
    if function.lower() in ("timedelta", "interval", "duration"):
        return _foreign(
            "a length of time is written as a number and a unit",
            stop.at(-3).span,
            f"write `{value}{_UNIT.get(stop.at(-1).text, 'd')}`",
        )
    return _foreign(
        "arguments have no names here",
        stop.at(-1).span.to(stop.token.span),
        f"write `{value}` alone: what an argument means follows from its place",
    )


_UNIT = MappingProxyType(
    {"days": "d", "weeks": "w", "hours": "h", "minutes": "min", "seconds": "s"}
)


# ------------------------------------------------------------------------- marketing tools

_COMPARISONS = MappingProxyType(
    {
        ("more", "than"): ">",
        ("greater", "than"): ">",
        ("less", "than"): "<",
        ("fewer", "than"): "<",
        ("at", "least"): ">=",
        ("at", "most"): "<=",
        ("equal", "to"): "==",
        ("exactly",): "==",
        ("equals",): "==",
        ("equal",): "==",
    }
)
_TIMES = MappingProxyType({"once": 1, "twice": 2})


def word_comparison(stop: Stop) -> Mistake | None:
    """`opens more than 10`, `purchase at least once`."""
    if "COMPARISON" not in stop.expected:
        return None
    for words, operator in _COMPARISONS.items():
        if not says(stop, 0, *words):
            continue
        last, following = stop.at(len(words) - 1), stop.at(len(words))
        message = f"comparisons are written as signs, `{' '.join(words)}` as `{operator}`"
        span = stop.token.span.to(last.span)
        times = _TIMES.get(following.text.lower())
        if times is not None and stop.at(-1).kind in NAMES:
            help = f"write `count({stop.at(-1).text}) {operator} {times}`"
            return _foreign(message, span, help)
        repair = Repair((("COMPARISON", operator),), instead_of=len(words))
        shown = f"{operator} {following.text}" if following.kind == "NUMBER" else f"{operator} …"
        return _foreign(message, span, f"write `{shown}`", repair)
    return None


_AUXILIARIES = frozenset({"has", "have", "had", "did", "does", "do", "who"})
_DONE = frozenset({"done", "made", "performed", "completed", "placed", "not", "a", "an"})


def has_done(stop: Stop) -> Mistake | None:
    """`has done purchase`."""
    if stop.at(-1).text.lower() not in _AUXILIARIES or stop.token.kind not in NAMES:
        return None
    event = stop.token
    if event.text.lower() in _DONE and stop.at(1).kind in NAMES:
        event = stop.at(1)
    return _foreign(
        "what somebody did is asked of an event",
        stop.at(-1).span.to(event.span),
        f"write `exists({event.text} over last 30d)`",
    )


_ANY = MappingProxyType({"any": "a or b", "all": "a and b", "none": "not (a or b)"})


def any_of(stop: Stop) -> Mistake | None:
    """`any of [a, b]`."""
    quantifier = stop.at(-1).text.lower()
    if stop.token.text != "of" or quantifier not in _ANY:
        return None
    return _foreign(
        "conditions are joined by `and`, `or` and `not`",
        stop.at(-1).span.to(stop.token.span),
        f"for {quantifier} of them, write `{_ANY[quantifier]}`",
    )


# `is set`: the words after `is`, what is meant, and its terminal.
_IS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("not", "set"), "is missing", "IS_MISSING"),
    (("not", "known"), "is missing", "IS_MISSING"),
    (("not", "empty"), "is not missing", "IS_NOT_MISSING"),
    (("not", "blank"), "is not missing", "IS_NOT_MISSING"),
    (("not", "unknown"), "is not missing", "IS_NOT_MISSING"),
    (("set",), "is not missing", "IS_NOT_MISSING"),
    (("known",), "is not missing", "IS_NOT_MISSING"),
    (("present",), "is not missing", "IS_NOT_MISSING"),
    (("unset",), "is missing", "IS_MISSING"),
    (("unknown",), "is missing", "IS_MISSING"),
    (("empty",), "is missing", "IS_MISSING"),
    (("blank",), "is missing", "IS_MISSING"),
    (("not", "any", "of"), "not in […]", "NOT_IN"),
    (("not", "one", "of"), "not in […]", "NOT_IN"),
    (("not", "in"), "not in […]", "NOT_IN"),
    (("any", "of"), "in […]", "IN"),
    (("one", "of"), "in […]", "IN"),
    (("in",), "in […]", "IN"),
    (("not",), "!=", "COMPARISON"),
)


def is_words(stop: Stop) -> Mistake | None:
    """`is set`, `is unknown`, `is any of [a, b]`."""
    if stop.token.text.lower() != "is" or "COMPARISON" not in stop.expected:
        return None
    for words, meant, kind in _IS:
        if says(stop, 1, *words):
            return _foreign(
                f"`is {' '.join(words)}` has another spelling here",
                stop.token.span.to(stop.at(len(words)).span),
                f"write `{meant}`",
                Repair(((kind, meant),), instead_of=len(words) + 1),
            )
    return None


HABITS: tuple[Callable[[Stop], Mistake | None], ...] = (
    comment_marks,
    currency,
    number_with_comma,
    modulo,
    liquid,
    cast,
    title_as_name,
    colon_block,
    quoted_word,
    count_star,
    distinct,
    round_list,
    not_between,
    case_expression,
    group_by,
    if_function,
    late_if,
    named_argument,
    word_comparison,
    has_done,
    any_of,
    is_words,
)
