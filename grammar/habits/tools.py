"""Conditions as marketing tools read them out: `has done`, `at least once`, `is set`."""

from collections.abc import Callable
from types import MappingProxyType

from segue.grammar.habits.pieces import foreign, says
from segue.grammar.mistakes import Mistake
from segue.grammar.recovery import DROP, Repair
from segue.grammar.stop import NAMES, Stop

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
            return foreign(message, span, help)
        repair = Repair((("COMPARISON", operator),), instead_of=len(words))
        shown = f"{operator} {following.text}" if following.kind == "NUMBER" else f"{operator} …"
        return foreign(message, span, f"write `{shown}`", repair)
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
    return foreign(
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
    return foreign(
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
            return foreign(
                f"`is {' '.join(words)}` has another spelling here",
                stop.token.span.to(stop.at(len(words)).span),
                f"write `{meant}`",
                Repair(((kind, meant),), instead_of=len(words) + 1),
            )
    return None


def member_of(stop: Stop) -> Mistake | None:
    """`member of vips`."""
    word = stop.at(-1)
    if stop.token.text != "of" or word.text.lower() not in ("member", "members", "part"):
        return None
    return foreign(
        "membership of a segment is asked with `in`",
        word.span.to(stop.at(1).span),
        f"write `in {stop.at(1).text}`",
    )


_COUNTED = frozenset({"times", "time", "occurrences", "events"})
_CURRENCIES = frozenset({"usd", "eur", "gbp", "chf", "jpy", "cad", "aud", "dollars", "euros"})


def unit_of_a_number(stop: Stop) -> Mistake | None:
    """`>= 3 times`, `> 100 USD`."""
    number, word = stop.at(-1), stop.token
    if number.kind != "NUMBER" or word.kind not in NAMES:
        return None
    if word.text.lower() in _COUNTED:
        return foreign(
            "how many there are is a number, without a word behind it",
            number.span.to(word.span),
            f"write `{number.text}`",
            DROP,
        )
    if word.text.lower() in _CURRENCIES:
        return foreign(
            "amounts are written without their currency",
            number.span.to(word.span),
            f"write `{number.text}`: the catalog says what an amount is in",
            DROP,
        )
    return None


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    word_comparison,
    has_done,
    any_of,
    is_words,
    member_of,
    unit_of_a_number,
)
