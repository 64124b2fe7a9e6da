"""How people tell time elsewhere: `in the last 30 days`, `within 30d`, `yesterday`."""

from collections.abc import Callable
from types import MappingProxyType

from segue.grammar import codes
from segue.grammar.durations import explain_number, is_unit
from segue.grammar.habits.pieces import operand_before, written
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import Repair
from segue.grammar.span import Span
from segue.grammar.stop import NAMES, Stop
from segue.grammar.words import ITEMS


def _unexpected(
    message: str, span: Span, help: str, repair: Repair | None = None, label: str = ""
) -> Mistake:
    return mistake(codes.UNEXPECTED, message, span, help=help, repair=repair, label=label)


def length_at(stop: Stop, offset: int) -> str | None:
    """The window of a length of time, whichever way it is written: `last 30d`."""
    size, unit = stop.at(offset), stop.at(offset + 1)
    if size.kind == "DURATION":
        return f"last {size.text}"
    if size.kind == "NUMBER" and is_unit(unit.text):
        help = explain_number(size.text + unit.text)[1]
        found = help.split("`")[1]
        return found if found.startswith("last") else f"last {found}"
    return None


def interval(stop: Stop) -> Mistake | None:
    """`interval '30 days'`, `interval 30 day`."""
    word = stop.at(-1)
    if word.text.lower() != "interval" or stop.token.kind not in ("QUOTED", "STRING", "NUMBER"):
        return None
    parts = stop.token.text.strip("'\"").split()
    if stop.token.kind == "NUMBER":
        parts.append(stop.at(1).text)
    known = len(parts) == 2 and is_unit(parts[1])
    help = explain_number("".join(parts))[1] if known else "write `30d`"
    return mistake(
        codes.FOREIGN_SPELLING,
        "a length of time is written as a number and a unit",
        word.span.to(stop.token.span),
        help=f"{help}; events of the last 30 days are `count(purchase over last 30d)`",
    )


def unit_apart(stop: Stop) -> Mistake | None:
    """`last 30 days`, `last 3 months`."""
    size, unit = stop.at(-1), stop.token
    if size.kind != "NUMBER" or unit.kind not in NAMES or not is_unit(unit.text):
        return None
    help = explain_number(size.text + unit.text)[1]
    if unit.kind in stop.expected:
        return None
    return mistake(
        codes.BAD_LITERAL,
        "a duration is one word, its number and its unit together",
        size.span.to(unit.span),
        help=help,
    )


def in_the_last(stop: Stop) -> Mistake | None:
    """`count(purchase in the last 30 days)`."""
    word = stop.at(-1)
    if word.kind != "IN" or stop.token.text not in ("the", "last", "past"):
        return None
    offset = 0
    while stop.at(offset).text in ("the", "last", "past"):
        offset += 1
    window = length_at(stop, offset) or "last 30d"
    return _unexpected(
        "a window follows the word `over`", word.span.to(stop.token.span), f"write `over {window}`"
    )


def where_after_window(stop: Stop) -> Mistake | None:
    """`count(page_view over last 30d where …)`."""
    bracket = stop.open_bracket()
    if stop.token.kind != "WHERE" or bracket is None or bracket.kind != "LPAR":
        return None
    tokens = stop.machine.tokens
    inside = tokens[tokens.index(bracket) + 1 : stop.index]
    over = next((i for i, token in enumerate(inside) if token.kind == "OVER"), None)
    if over is None:
        return None
    return _unexpected(
        "`where` comes before `over`: first which events, then when",
        stop.token.span,
        f"write `{written(inside[:over])} where … {written(inside[over:])}`",
    )


def window_outside(stop: Stop) -> Mistake | None:
    """`opens over last 30d >= 3`, where nothing is folded."""
    if stop.token.kind != "OVER" or stop.at(-1).kind not in NAMES:
        return _window_too_late(stop)
    if stop.at(-1).text in ITEMS:
        return None
    bracket = stop.open_bracket()
    if bracket is not None and bracket.kind == "LPAR":
        return None
    name = stop.at(-1).text
    window = length_at(stop, 2) or "last 30d"
    return _unexpected(
        "a window belongs to an aggregate of events",
        stop.token.span,
        f"for an event write `exists({name} over {window})` or `count({name} over {window})`; "
        "a metric has its window where it is defined",
    )


def _window_too_late(stop: Stop) -> Mistake | None:
    """`count(purchase) > 3 over last 30d`."""
    bracket = stop.open_bracket()
    if stop.token.kind != "OVER" or (bracket is not None and bracket.kind == "LPAR"):
        return None
    window = length_at(stop, 2) or "last 30d"
    # Behind the aggregate, or behind what it is compared with.
    for back in (0, 2):
        call = operand_before(stop, back)
        if len(call) > 1:
            return _unexpected(
                "a window stands inside the brackets of its aggregate",
                stop.token.span,
                f"write `{written(call[:-1])} over {window})`",
            )
    return None


_WORDS = MappingProxyType(
    {
        "today": "this day",
        "yesterday": "previous 1 calendar day",
        **dict.fromkeys(("lifetime", "forever", "always", "all", "anytime"), "ever"),
    }
)


def alone_after_over(stop: Stop) -> Mistake | None:
    """`over 2025-11-28`, `over yesterday`, `over today`."""
    day = stop.at(-1)
    if stop.at(-2).kind != "OVER" or "AGO" not in stop.expected:
        return None
    word = day.text.lower()
    meant = _WORDS.get(word)
    if meant is not None:
        return _unexpected(f"`{day.text}` is no window", day.span, f"write `over {meant}`")
    if day.kind not in ("DATE", "TIMESTAMP"):
        return None
    end = day.text if day.kind == "DATE" else "…"
    return _unexpected(
        f"`over {day.text}` has no end",
        day.span,
        f"write `over {day.text} to {end}`, or `over since {day.text}`",
    )


def window_between(stop: Stop) -> Mistake | None:
    """`over between 60d ago and 30d ago`."""
    if stop.token.kind != "BETWEEN" or stop.at(-1).kind != "OVER":
        return None
    ends = [stop.at(i) for i in range(1, 6)]
    known = [t.text for t in ends if t.kind in ("DURATION", "DATE")]
    ago = " ago" if any(t.kind == "AGO" for t in ends) or len(known) < 2 else ""
    first, last = known if len(known) == 2 else ("60d", "30d")
    return _unexpected(
        "a window runs from one instant `to` another",
        stop.token.span,
        f"write `over {first}{ago} to {last}{ago}`",
    )


def ago_elsewhere(stop: Stop) -> Mistake | None:
    """`since 30d ago`, `at > 30d ago`."""
    size = stop.at(-1)
    if stop.token.kind != "AGO" or size.kind != "DURATION":
        return None
    if stop.at(-2).kind == "SINCE":
        message = "`since` takes a day or an instant"
        span = stop.at(-2).span.to(stop.token.span)
        return _unexpected(message, span, f"write `last {size.text}`")
    return _unexpected(
        f"`{size.text} ago` stands in a window only",
        size.span.to(stop.token.span),
        f"write the window, as in `over last {size.text}`, or compare the time with "
        f"`as_of - {size.text}`",
    )


def within_alone(stop: Stop) -> Mistake | None:
    """`count(purchase within 30d)`, `birth_date within 7d`."""
    if stop.token.kind != "WITHIN":
        return None
    offset = 2 if stop.at(1).text in ("last", "the") else 1
    window = length_at(stop, offset) or "last 30d"
    size = window.removeprefix("last ")
    if "OVER" in stop.expected:
        return _unexpected(
            "a window follows the word `over`",
            stop.token.span,
            f"write `over {window}`",
            label="`within` is for the steps of a sequence",
        )
    if "ANNIVERSARY" not in stop.expected:
        return None
    operand = operand_before(stop)
    name = written(operand) or "x"
    if operand and operand[0].text in ("exists", "count"):
        return _unexpected(
            "what happens within some time of something else is a sequence",
            stop.token.span,
            f"write `exists(cart_add followed by purchase within {size})`, or `not followed by`",
        )
    if len(operand) > 1:
        return _unexpected(
            "`within` alone says too little", stop.token.span, f"write `age({name}) <= {size}`"
        )
    return _unexpected(
        "`within` alone says too little",
        stop.token.span,
        f"for a birthday write `{name} anniversary within {size}`, for the time since then "
        f"`age({name}) <= {size}`",
    )


def anniversary_in(stop: Stop) -> Mistake | None:
    """`birth_date anniversary in 7d`."""
    if stop.token.text != "anniversary" or "ANNIVERSARY" not in stop.expected:
        return None
    offset = 2 if stop.at(1).text in ("in", "in the", "over") else 1
    size = (length_at(stop, offset) or length_at(stop, offset + 1) or "last 7d").removeprefix(
        "last "
    )
    return _unexpected(
        "`anniversary` is followed by `within`",
        stop.token.span,
        f"write `{written(operand_before(stop)) or 'birth_date'} anniversary within {size}`",
        Repair((("ANNIVERSARY", "anniversary within"),), instead_of=offset),
    )


def ago_without_end(stop: Stop) -> Mistake | None:
    """`exists(purchase over 30d ago)`."""
    size = stop.at(-2)
    if stop.at(-1).kind != "AGO" or stop.token.kind != "RPAR" or size.kind != "DURATION":
        return None
    return _unexpected(
        f"`over {size.text} ago` has no end",
        size.span.to(stop.at(-1).span),
        f"for the time since then write `over last {size.text}`, for a time before it both ends, "
        f"as in `over {_twice(size.text)} ago to {size.text} ago`",
    )


def _twice(duration: str) -> str:
    digits = duration.rstrip("abcdefghijklmnopqrstuvwxyz")
    return f"{int(digits) * 2}{duration[len(digits) :]}" if digits.isdigit() else "60d"


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    interval,
    unit_apart,
    in_the_last,
    where_after_window,
    window_outside,
    alone_after_over,
    window_between,
    ago_elsewhere,
    within_alone,
    anniversary_in,
    ago_without_end,
)
