"""Whether members differ from the others by more than chance, and by how much.

Numbers are compared by ranks: the probability that a member has more than somebody else
(the area under the ROC curve; Mann and Whitney 1947), with the interval of Hanley and McNeil 1982.
Shares are compared by their ratio, with the interval of Katz et al. 1978 (`scipy.stats`).
Many things are compared at once, so some differ by chance: q-values are those of Benjamini and
Hochberg 1995, and of what is shown below 5%, one in twenty is expected to be nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from segue.compiler.types import Kind
from segue.runtime.profile.subjects import Family, Question, Subject
from segue.runtime.profile.survey import NumberCounts, Spread, Survey, ValueCount
from segue.runtime.scores.extra import library

LEVEL = 0.05
LEAST_FAVOURITE = 0.2
"""The share of members who must have a favourite in common for it to be worth a word."""
MOST_FAVOURITES = 5
_LEAST_EXPECTED = 5.0
"""From so many expected in each cell on, the chi-squared distribution is near enough."""


@dataclass(frozen=True, slots=True)
class NumberDifference:
    """How a number differs. `more` is the probability that a member has more than another."""

    subject: Subject
    members: Spread
    everybody: Spread
    more: float
    low: float
    high: float
    p: float
    q: float = 1.0

    @property
    def is_shown(self) -> bool:
        """Whether it differs by more than chance."""
        return self.q < LEVEL


@dataclass(frozen=True, slots=True)
class ShareDifference:
    """How the share of a value differs: `ratio` is that of members to that of the others.

    It is infinite where no other has the value.
    """

    subject: Subject
    value: str | None
    members: float
    everybody: float
    ratio: float
    low: float
    high: float
    p: float
    q: float = 1.0

    @property
    def is_shown(self) -> bool:
        """Whether it differs by more than chance."""
        return self.q < LEVEL


@dataclass(frozen=True, slots=True)
class Engagement:
    """How engaged members are: their median of a number, among the quarters of everybody."""

    level: str
    by: str
    median: float
    quarter: float
    three_quarters: float


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day with its shares of the events of members and of everybody."""

    hour: int
    members: float
    everybody: float


@dataclass(frozen=True, slots=True)
class Favourite:
    """The value that the most members have as their favourite."""

    name: str
    value: str
    members: float
    everybody: float


@dataclass(frozen=True, slots=True)
class SegmentProfile:
    """What tells the members of a segment from everybody, the most telling first.

    `hours` are the best first; `compared` is how many comparisons were made.
    """

    question: Question = field(repr=False)
    as_of: int
    members: int
    everybody: int
    numbers: tuple[NumberDifference, ...]
    shares: tuple[ShareDifference, ...]
    engagement: Engagement | None
    hours: tuple[Hour, ...]
    events: int
    favourites: tuple[Favourite, ...]
    compared: int


def compare(question: Question, found: Survey, as_of: int) -> SegmentProfile:
    """The profile of what was counted."""
    numbers = [n for one in found.numbers if (n := _number(one)) is not None]
    shares = [
        share
        for one in found.values
        if (share := _share(one, found.members, found.everybody)) is not None
    ]
    numbers, shares = _controlled(numbers, shares)
    return SegmentProfile(
        question=question,
        as_of=as_of,
        members=found.members,
        everybody=found.everybody,
        numbers=tuple(sorted(numbers, key=lambda n: -abs(n.more - 0.5))),
        shares=tuple(sorted(shares, key=lambda s: (-_strength(s), s.subject.name))),
        engagement=_engagement(found.numbers, question.hours_of),
        hours=_hours(found.hours_of_members, found.hours_of_everybody),
        events=sum(found.hours_of_members),
        favourites=tuple(_favourites(found)),
        compared=len(numbers) + len(shares),
    )


def _number(counts: NumberCounts) -> NumberDifference | None:
    members, others = counts.members.count, counts.everybody.count - counts.members.count
    if not members or not others:
        return None
    above = counts.rank_sum - members * (members + 1) / 2
    more = above / (members * others)
    # Hanley and McNeil 1982, Radiology 143, 29: the variance of the area under an ROC curve.
    q1, q2 = more / (2 - more), 2 * more * more / (1 + more)
    variance = more * (1 - more) + (members - 1) * (q1 - more**2) + (others - 1) * (q2 - more**2)
    deviation = math.sqrt(max(variance, 0.0) / (members * others))
    even = math.sqrt((members + others + 1) / (12 * members * others))
    p = 2 * float(library("scipy.stats").norm.sf(abs(more - 0.5) / even))
    low, high = max(0.0, more - 1.96 * deviation), min(1.0, more + 1.96 * deviation)
    return NumberDifference(counts.subject, counts.members, counts.everybody, more, low, high, p)


def _share(counts: ValueCount, members: int, everybody: int) -> ShareDifference | None:
    others, their = everybody - members, counts.everybody - counts.members
    if not members or not others:
        return None
    if counts.value is None and counts.subject.family is Family.INTEREST:
        return None  # who did nothing is told by how often they did it
    if counts.subject.expr.type.kind is Kind.BOOL and counts.value == "false":
        return None  # the rest of those of whom it is true
    stats = library("scipy.stats")
    table = [[counts.members, members - counts.members], [their, others - their]]
    expected = [
        side * total / everybody
        for side in (members, others)
        for total in (counts.everybody, everybody - counts.everybody)
    ]
    if min(expected) == 0:
        return None  # everybody has it
    if min(expected) >= _LEAST_EXPECTED:
        p = float(stats.chi2_contingency(table).pvalue)
    else:
        p = float(stats.fisher_exact(table)[1])
    ratio = stats.contingency.relative_risk(counts.members, members, their, others)
    bounds = ratio.confidence_interval(0.95)
    return ShareDifference(
        counts.subject,
        counts.value,
        counts.members / members,
        counts.everybody / everybody,
        float(ratio.relative_risk),
        float(bounds.low),
        float(bounds.high),
        p,
    )


def _controlled(
    numbers: list[NumberDifference], shares: list[ShareDifference]
) -> tuple[list[NumberDifference], list[ShareDifference]]:
    """The same with q-values, over all comparisons together."""
    ps = [one.p for one in numbers] + [one.p for one in shares]
    if not ps:
        return numbers, shares
    qs = [float(q) for q in library("scipy.stats").false_discovery_control(ps)]
    return (
        [replace(one, q=q) for one, q in zip(numbers, qs, strict=False)],
        [replace(one, q=q) for one, q in zip(shares, qs[len(numbers) :], strict=True)],
    )


def _strength(share: ShareDifference) -> float:
    """How much a share differs at least: the bound of its ratio that is nearer to 1."""
    if share.low > 1:
        return math.log(share.low)
    return -math.log(share.high) if 0 < share.high < 1 else 0.0


def _engagement(numbers: Sequence[NumberCounts], event: str | None) -> Engagement | None:
    """By the first metric that is called so, or by how often the event happened."""
    chosen = next(
        (
            n
            for n in numbers
            if n.subject.family is Family.METRIC and "engagement" in n.subject.name
        ),
        next(
            (n for n in numbers if (n.subject.family, n.subject.name) == (Family.ACTIVITY, event)),
            None,
        ),
    )
    if chosen is None:
        return None
    median, whole = chosen.members.median, chosen.everybody
    if median is None or whole.quarter is None or whole.three_quarters is None:
        return None
    level = "medium"
    if median >= whole.three_quarters and median > whole.quarter:
        level = "high"
    elif median <= whole.quarter:
        level = "low"
    return Engagement(level, chosen.subject.name, median, whole.quarter, whole.three_quarters)


def _hours(members: Sequence[int], everybody: Sequence[int]) -> tuple[Hour, ...]:
    if not sum(members):
        return ()
    found = [
        Hour(hour, mine / sum(members), all / sum(everybody))
        for hour, (mine, all) in enumerate(zip(members, everybody, strict=True))
    ]
    return tuple(sorted(found, key=lambda hour: (-hour.members, hour.hour)))


def _favourites(found: Survey) -> list[Favourite]:
    """What members have as their favourite more than others do, the clearest first."""
    best: dict[str, ValueCount] = {}
    for one in found.values:
        if one.subject.family is Family.INTEREST and one.value is not None and one.members:
            there = best.get(one.subject.name)
            if there is None or one.members > there.members:
                best[one.subject.name] = one
    shares = [
        Favourite(
            name, one.value or "", one.members / found.members, one.everybody / found.everybody
        )
        for name, one in best.items()
    ]
    telling = [one for one in shares if one.members >= LEAST_FAVOURITE]
    return sorted(telling, key=lambda one: (one.everybody - one.members, one.name))[
        :MOST_FAVOURITES
    ]
