"""A profile as a table for people, as Markdown and as data."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from segue.compiler.types import Kind
from segue.runtime.as_of import show_instant
from segue.runtime.profile.compare import (
    NumberDifference,
    SegmentProfile,
    ShareDifference,
)
from segue.runtime.profile.subjects import Family, Subject
from segue.runtime.profile.survey import Spread
from segue.runtime.scores.words import figure

MOST = 12
FLAT = 1.5
"""How many times the share of an average hour the best one must have to stand out."""
_UNITS = (("d", 1.0), ("h", 1 / 24), ("min", 1 / 1440), ("s", 1 / 86_400))
BEST_HOURS = 3
WIDE = 100
"""Columns of a terminal on which names and the ranges of figures both have room."""


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a profile: the heads of its columns, and its rows."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sections(profile: SegmentProfile, most: int | None = MOST) -> Iterator[Section]:
    """The tables of a profile, without what may be chance; `most` rows of each, None for all."""
    numbers = [one for one in profile.numbers if one.is_shown]
    if numbers:
        yield Section(
            "Numbers",
            ("", "members", "everybody", "has more", "95%"),
            tuple(_number_row(one) for one in numbers[:most]),
        )
    shares = [one for one in profile.shares if one.is_shown and one.ratio > 1]
    if shares:
        yield Section("Over-represented", _SHARE_HEADS, tuple(map(_share_row, shares[:most])))
    rare = [one for one in profile.shares if one.is_shown and one.ratio < 1]
    if rare:
        yield Section("Under-represented", _SHARE_HEADS, tuple(map(_share_row, rare[:most])))


_SHARE_HEADS = ("", "members", "everybody", "times", "95%")


def summary(profile: SegmentProfile) -> list[str]:
    """The characteristics of a segment, a line each."""
    question = profile.question
    entity = question.plan.catalog.entity.name
    share = profile.members / profile.everybody if profile.everybody else 0.0
    lines = [
        f"{profile.members:,} of {profile.everybody:,} {entity}s ({share:.1%}), as of "
        f"{show_instant(profile.as_of)}; events of the last {question.days} days"
    ]
    found = profile.engagement
    if found is not None:
        lines.append(
            f"engagement: {found.level} (median {figure(found.median)} of {found.by}; the middle "
            f"half of everybody has {figure(found.quarter)} to {figure(found.three_quarters)})"
        )
    if profile.hours:
        best = ", ".join(
            f"{hour.hour}:00 ({hour.members:.0%}, everybody {hour.everybody:.0%})"
            for hour in profile.hours[:BEST_HOURS]
        )
        zone = question.plan.catalog.timezone
        flat = "" if profile.hours[0].members * 24 >= FLAT else "; none of them stands out"
        lines.append(
            f"best hours to send, by {profile.events:,} {question.hours_of}s, {zone}: {best}{flat}"
        )
    interests = [
        f"{one.value} ({one.subject.name})"
        for one in profile.shares
        if one.is_shown
        and one.ratio > 1
        and one.value is not None
        and one.subject.family is Family.INTEREST
    ]
    if interests:
        lines.append(f"interests: {', '.join(interests[:5])}")
    if profile.favourites:
        content = ", ".join(
            f"{one.value} ({one.name}, {one.members:.0%})" for one in profile.favourites
        )
        lines.append(f"preferred content: {content}")
    return lines


def footnote(profile: SegmentProfile) -> str:
    """How what is shown was told from chance."""
    shown = sum(n.is_shown for n in profile.numbers) + sum(s.is_shown for s in profile.shares)
    return (
        f"{shown} of {profile.compared} comparisons differ by more than chance (false discovery "
        "rate 5%, Benjamini-Hochberg). Numbers are medians (the middle half); `has more` is how "
        "often a member has more than somebody else, `times` how many times as often members have "
        "a value as others. What has a * is read by the rule itself."
    )


def print_profile(profile: SegmentProfile, console: Console) -> None:
    """The profile on a terminal."""
    title = profile.question.title
    console.print(Text(profile.question.segment, "bold"), Text(title))
    for line in summary(profile):
        console.print(Text(line))
    for section in sections(profile):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
        for n, head in enumerate(section.heads):
            table.add_column(
                Text(head or section.title.lower()),
                justify="right" if n else "left",
                overflow="fold",
                no_wrap=n > 0,
            )
        for row in section.rows:
            figures = row[1:] if console.width >= WIDE else map(_without_range, row[1:])
            table.add_row(*(Text(cell) for cell in (row[0], *figures)))
        console.print(table)
    console.print(Text(footnote(profile), "dim"))


def _without_range(figure: str) -> str:
    """`5 (1–7)` as `5`."""
    return figure.partition(" (")[0]


def markdown(profile: SegmentProfile) -> str:
    """The profile as Markdown."""
    title = f"\n{_text(profile.question.title)}.\n" if profile.question.title else ""
    parts = [f"# {profile.question.segment}\n{title}"]
    parts.append("\n".join(f"- {_text(line)}" for line in summary(profile)) + "\n")
    for section in sections(profile, most=None):
        head = (
            "| " + " | ".join(section.heads) + " |\n| --- |" + " ---: |" * (len(section.heads) - 1)
        )
        rows = "\n".join("| " + " | ".join(map(_text, row)) + " |" for row in section.rows)
        parts.append(f"## {section.title}\n\n{head}\n{rows}\n")
    parts.append(_text(footnote(profile)) + "\n")
    return "\n".join(parts)


def as_json(profile: SegmentProfile) -> str:
    """The profile as data: all comparisons, also those that may be chance."""
    question = profile.question
    found = profile.engagement
    data = {
        "segment": question.segment,
        "title": question.title,
        "as_of": show_instant(profile.as_of),
        "days": question.days,
        "members": profile.members,
        "entities": profile.everybody,
        "comparisons": profile.compared,
        "engagement": None
        if found is None
        else {
            "level": found.level,
            "by": found.by,
            "median": found.median,
            "everybody": [found.quarter, found.three_quarters],
        },
        "hours": {
            "event": question.hours_of,
            "timezone": question.plan.catalog.timezone,
            "events": profile.events,
            "best": [[h.hour, h.members, h.everybody] for h in profile.hours],
        },
        "preferred_content": [
            {"name": f.name, "value": f.value, "members": f.members, "everybody": f.everybody}
            for f in profile.favourites
        ],
        "numbers": [
            {
                **_subject(one.subject),
                "members": _spread(one.members),
                "everybody": _spread(one.everybody),
                "more": one.more,
                "interval": [one.low, one.high],
                "p": one.p,
                "q": one.q,
            }
            for one in profile.numbers
        ],
        "shares": [
            {
                **_subject(one.subject),
                "value": one.value,
                "members": one.members,
                "everybody": one.everybody,
                "ratio": _finite(one.ratio),
                "interval": [_finite(one.low), _finite(one.high)],
                "p": one.p,
                "q": one.q,
            }
            for one in profile.shares
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _number_row(one: NumberDifference) -> tuple[str, ...]:
    return (
        _name(one.subject),
        _median(one.subject, one.members),
        _median(one.subject, one.everybody),
        f"{one.more:.0%}",
        f"{one.low:.0%}–{one.high:.0%}",
    )


def _median(subject: Subject, spread: Spread) -> str:
    """The median with the middle half."""
    if spread.median is None:
        return "–"
    quarters = (spread.median, spread.quarter, spread.three_quarters)
    middle, low, high = (_value(subject, value) for value in quarters)
    return f"{middle} ({low}–{high})"


def _value(subject: Subject, value: float | None) -> str:
    if value is not None and subject.expr.type.kind in (Kind.RATIO, Kind.PROBABILITY):
        return f"{value:.0%}"
    if value and subject.expr.type.kind is Kind.DURATION:
        unit, size = next(found for found in _UNITS if abs(value) >= found[1] or found[0] == "s")
        return f"{figure(value / size)} {unit}"
    if value is not None and value == int(value) and abs(value) < 100:
        return str(int(value))
    return figure(value)


def _share_row(one: ShareDifference) -> tuple[str, ...]:
    value = "missing" if one.value is None else one.value
    return (
        f"{_name(one.subject)} = {value}",
        f"{one.members:.0%}",
        f"{one.everybody:.0%}",
        _times(one.ratio),
        _bounds(one),
    )


def _bounds(one: ShareDifference) -> str:
    """The interval of a ratio; none where nobody, or nobody else, has the value."""
    if not (0 < one.ratio < math.inf):
        return ""
    return f"{_times(one.low)}–{_times(one.high)}"


def _times(ratio: float) -> str:
    return figure(ratio) if math.isfinite(ratio) else "∞"


def _name(subject: Subject) -> str:
    name = {
        Family.ACTIVITY: f"count of {subject.name}",
        Family.INTEREST: f"favourite {subject.name}",
    }.get(subject.family, subject.name)
    return name + (" *" if subject.in_rule else "")


def _subject(subject: Subject) -> dict[str, object]:
    return {"name": subject.name, "family": subject.family.value, "in_rule": subject.in_rule}


def _spread(spread: Spread) -> dict[str, object]:
    return {
        "count": spread.count,
        "missing": spread.missing,
        "quartiles": [spread.quarter, spread.median, spread.three_quarters],
    }


def _finite(value: float) -> float | None:
    """JSON has no infinity."""
    return value if math.isfinite(value) else None


def _text(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_[]<>|" else c for c in text)
