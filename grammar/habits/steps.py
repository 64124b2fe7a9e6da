"""How people tell what follows what: `then`, `in 24h`, a comma before the step."""

from collections.abc import Callable

from segue.grammar import codes
from segue.grammar.habits.pieces import written
from segue.grammar.habits.windows import length_at
from segue.grammar.mistakes import Mistake, mistake
from segue.grammar.recovery import replace
from segue.grammar.stop import Stop


def then_step(stop: Stop) -> Mistake | None:
    """`cart_add then purchase`."""
    if stop.token.text not in ("then", "before") or "FOLLOWED_BY" not in stop.expected:
        return None
    return mistake(
        codes.UNEXPECTED,
        "the next step of a sequence follows `followed by`",
        stop.token.span,
        help=f"write `{stop.at(-1).text} followed by {stop.at(1).text}`",
        repair=replace("FOLLOWED_BY", "followed by"),
    )


def step_in(stop: Stop) -> Mistake | None:
    """`cart_add not followed by purchase in 24h`."""
    if stop.token.kind != "IN" or "WITHIN" not in stop.expected:
        return None
    window = length_at(stop, 1)
    if window is None:
        return None
    return mistake(
        codes.UNEXPECTED,
        "the time that a step may take follows `within`",
        stop.token.span,
        help=f"write `within {window.removeprefix('last ')}`",
        repair=replace("WITHIN", "within"),
    )


def step_after_comma(stop: Stop) -> Mistake | None:
    """`cart_add, not followed by purchase within 24h`."""
    if stop.token.kind != "WITHIN" or (stop.at(-3).text, stop.at(-2).text) != ("followed", "by"):
        return None
    window = length_at(stop, 1) or "last 24h"
    back = -4 if stop.at(-4).kind == "COMMA" else -5
    if stop.at(back).kind != "COMMA":
        return None
    step = written(stop.at(offset) for offset in range(back + 1, 0))
    return mistake(
        codes.UNEXPECTED,
        "a step follows its event without a comma",
        stop.at(back).span,
        help=f"write `{stop.at(back - 1).text} {step} within {window.removeprefix('last ')}`",
    )


CHECKS: tuple[Callable[[Stop], Mistake | None], ...] = (
    then_step,
    step_in,
    step_after_comma,
)
