"""Tiers as what they are short for: a metric whose value is the tier, and a segment for each.

    tiers band by spend { gold when >= 500 silver when >= 100 the_rest otherwise }

is the metric `if spend >= 500 then gold else if spend >= 100 then silver else the_rest`, and
the segments `gold` (`spend >= 500`), `silver` (`not spend >= 500 and spend >= 100`) and
`the_rest` (`not spend >= 100`, which is not to be at least 500 either). So everybody is in
exactly one; a missing value, of which no comparison is true, falls to the last.
"""

from decimal import Decimal

from segue.grammar import ast


def is_whole(tiers: ast.Tiers) -> bool:
    """Whether the last tier, and no other, takes everybody left; the parser reports others."""
    return [tier.bound is None for tier in tiers.tiers] == [False] * (len(tiers.tiers) - 1) + [True]


def tests(tiers: ast.Tiers) -> tuple[ast.Binary, ...]:
    """The comparison of each tier but the last."""
    return tuple(
        ast.Binary(bound.operator, tiers.by, bound.value, bound.span, span=bound.span)
        for tier in tiers.tiers
        if (bound := tier.bound) is not None
    )


def value(tiers: ast.Tiers) -> ast.Metric:
    """The metric that says which tier somebody is in."""
    *names, chain = _names(tiers) if is_whole(tiers) else [tiers.by]
    for test, name in reversed(list(zip(tests(tiers), names, strict=False))):
        chain = ast.IfElse(test, name, chain, span=test.span)
    return ast.Metric(
        tiers.name, chain, tiers.title, None, tiers.tags, tiers.owner, span=tiers.span
    )


def _names(tiers: ast.Tiers) -> list[ast.Expression]:
    return [ast.Name((tier.name.text,), span=tier.name.span) for tier in tiers.tiers]


def segments(tiers: ast.Tiers) -> tuple[ast.Segment, ...]:
    """The segment of each tier; tags and owner are those of the tiers."""
    comparisons = tests(tiers)
    return tuple(
        ast.Segment(
            tier.name,
            _when(comparisons, place, tier),
            tier.title,
            tier.priority,
            tier.cadence,
            tier.actions,
            tiers.tags,
            tiers.owner,
            span=tier.span,
        )
        for place, tier in enumerate(tiers.tiers)
    )


def _when(comparisons: tuple[ast.Binary, ...], place: int, tier: ast.Tier) -> ast.Expression:
    """None of the comparisons before a tier's own, and its own."""
    earlier = comparisons[:place]
    parts: list[ast.Expression] = [
        ast.Unary("not", test, span=test.span)
        for i, test in enumerate(earlier)
        # Not to be at least 100 is not to be at least 500.
        if not any(_implies(test, later) for later in earlier[i + 1 :])
    ]
    parts += comparisons[place : place + 1]
    if not parts:
        return ast.Boolean(True, span=tier.span)
    return parts[0] if len(parts) == 1 else ast.Logical("and", tuple(parts), span=tier.span)


def _implies(test: ast.Binary, other: ast.Binary) -> bool:
    """Whether a comparison of the value with a constant says more than another one."""
    mine, theirs = _size(test.right), _size(other.right)
    if mine is None or theirs is None or type(test.right) is not type(other.right):
        return False
    for operators in ((">=", ">"), ("<=", "<")):
        if test.operator in operators and other.operator in operators:
            beyond = mine > theirs if ">" in operators else mine < theirs
            return beyond or (mine == theirs and other.operator in (operators[0], test.operator))
    return False


def _size(constant: ast.Expression) -> Decimal | int | None:
    match constant:
        case ast.Number(value) | ast.Percent(value):
            return value
        case ast.Duration(microseconds):
            return microseconds
        case _:
            return None
