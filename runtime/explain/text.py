"""An explanation as plain sentences on one screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from segue.compiler.plan.windows import LastEvents, from_microseconds
from segue.compiler.types import MEASURED, TEXTS, Kind, Type
from segue.runtime.explain.change import Change
from segue.runtime.explain.explanation import BoundWindow, Explanation
from segue.runtime.explain.tree import COMPARISONS, Condition, Form, Operand, Reasons
from segue.runtime.explain.values import HIDDEN, MISSING, show_local, show_value
from segue.runtime.window_text import window_text

_GROUPS = {Form.ALL: "all of", Form.ANY: "any of", Form.NOT: "not", Form.CHOICE: "if, then, else"}
_SHOWN_WAYS = 3
_SHOWN_REASONS = 5
_WIDEST = 52


@dataclass(frozen=True, slots=True)
class Page:
    """How to show values: in which zone, and whether personal ones too."""

    zone: ZoneInfo
    show_pii: bool = False

    def value(self, operand: Operand) -> str:
        """The value of an operand; a personal one is masked, but not that it is missing."""
        if operand.hidden and operand.value is not None and not self.show_pii:
            return HIDDEN
        return show_value(operand.value, operand.type, self.zone)


def explanation_text(explained: Explanation, *, show_pii: bool = False) -> str:
    """The whole explanation."""
    page = Page(explained.zone, show_pii)
    return "\n".join(
        [
            *_head(explained, show_score=show_pii or not explained.condition.hidden),
            "",
            *condition_lines(explained.condition, page),
            "",
            *_turn(explained, page),
            *_windows(explained),
        ]
    )


def _head(explained: Explanation, *, show_score: bool) -> Iterator[str]:
    is_in = "is in" if explained.member else "is not in"
    title = f" “{explained.title}”" if explained.title else ""
    yield f"{explained.entity} {explained.key} {is_in} {explained.segment}{title}"
    moment = from_microseconds(explained.as_of).astimezone(UTC).replace(tzinfo=None).isoformat()
    local = show_local(explained.as_of, explained.zone)
    clock = f"as of {moment}Z"
    if explained.zone.key != "UTC":
        clock += f" ({local})"
    # How near somebody is would tell what the masked value is.
    near = "" if explained.member or not show_score else f" · match score {explained.score:.2f}"
    yield clock + near


def condition_lines(condition: Condition, page: Page) -> list[str]:
    """The tree of a condition, a line for each part and for what its values are made of."""
    rows = list(_rows(condition, page, "  "))
    # Where every part decides, saying so says nothing.
    marked = any(not test.decides for test in condition.tests)
    width = min(_WIDEST, max((len(left) for left, right, _ in rows if right), default=0))
    lines = []
    for left, right, decides in rows:
        line = f"{left:<{width}}  {right}" if right else left
        lines.append(line + ("   ← decides" if decides and marked else ""))
    return lines


def _rows(node: Condition, page: Page, indent: str) -> Iterator[tuple[str, str, bool]]:
    mark = "✓" if node.holds else "✗"
    if node.form is Form.TEST:
        yield f"{indent}{mark} {node.label}", _finding(node, page), node.decides
        for line in _details(node, page):
            yield f"{indent}    {line}", "", False
        return
    name = f"{node.name}: " if node.name else ""
    yield f"{indent}{mark} {name}{_GROUPS[node.form]}", "", False
    for part in node.parts:
        yield from _rows(part, page, indent + "  ")


def _details(test: Condition, page: Page) -> Iterator[str]:
    """What a named test stands for, and what its values are made of."""
    if test.name and test.text != test.name:
        yield test.text
    seen = [o for o in test.operands if test.name and len(test.operands) > 1]
    for operand in test.operands:
        seen += operand.folds if len(operand.folds) > 1 or operand.name else ()
    for operand in test.operands:
        if operand.reasons is not None:
            yield from _reasons(operand, operand.reasons, page)
            seen = []  # Its features have been shown.
    shown = dict.fromkeys(f"{o.text} = {page.value(o)}" for o in seen if o.text and not o.constant)
    if shown:
        yield ", ".join(shown)


def _reasons(score: Operand, reasons: Reasons, page: Page) -> Iterator[str]:
    """The features that make a score what it is, the greatest first."""
    zone = page.zone
    if reasons.usual is not None:
        usual = show_value(_whole(reasons.usual, score.type), score.type, zone)
        yield f"usually {usual}, and here:"
    counted = [part for part in reasons.parts if part.adds]
    for part in counted[:_SHOWN_REASONS]:
        value = page.value(part.feature)
        yield f"  {_added(part.adds, score.type, zone)}  {part.feature.name} = {value}"
    others = counted[_SHOWN_REASONS:]
    if others:
        rest = sum(part.adds for part in others)
        yield f"  {_added(rest, score.type, zone)}  {len(others)} others together"


def _added(adds: float, type: Type, zone: ZoneInfo) -> str:
    if type.kind in TEXTS:
        return f"{adds:+.3g}"
    size = show_value(_whole(abs(adds), type), type, zone)
    return f"{'+' if adds > 0 else '-'}{size}"


def _whole(value: float, type: Type) -> float | int:
    return round(value) if type.kind is Kind.DURATION else value


def _finding(test: Condition, page: Page) -> str:
    """What the test found."""
    shown = [page.value(o) for o in test.operands if not o.constant]
    if not shown:
        return ""
    if not test.operands[0].text and test.operands[0].counts:
        return f"found {shown[0]}" if test.operands[0].value else "none found"
    missing = [o for o in test.operands if o.value is None]
    if missing and not test.test.endswith("is missing"):
        return f"{' and '.join(shown)}: a comparison with a missing value is false"
    if len(shown) == 2:
        return f"{shown[0]} and {shown[1]}"
    return f"it is {shown[0]}"


def _turn(explained: Explanation, page: Page) -> Iterator[str]:
    aim = "To leave" if explained.member else "To get in"
    ways = explained.ways
    if ways.single:
        for i, change in enumerate(ways.single[:_SHOWN_WAYS]):
            yield f"{aim if i == 0 else 'or'}: {change_text(change, page)}."
        more = len(ways.single) - _SHOWN_WAYS
        if more > 0:
            yield f"({more} other single changes would do it too.)"
    elif ways.together:
        yield f"{aim}, {len(ways.together)} conditions must change together:"
        for change in ways.together:
            yield f"  - {change_text(change, page)}"
    else:
        yield "Nothing can change that: the rule is the same for everybody."


def change_text(change: Change, page: Page) -> str:
    """A change as half a sentence: `email_opens_30d from 8 to 10 (+2)`."""
    subject, test = change.subject, change.condition
    name = (subject.name or subject.text) if subject is not None else ""
    if subject is None or not name or test.test not in COMPARISONS:
        return f"`{test.label}` must become {'false' if test.holds else 'true'}"
    other = change.threshold
    threshold = "" if other is None else _bound(other, page)
    if subject.value is None:
        return f"{name} needs a value {_words(change.comparison)} {threshold} (it is {MISSING})"
    hidden = subject.hidden and not page.show_pii
    if hidden or change.target is None or subject.type.kind not in MEASURED:
        return f"{name} must be {_words(change.comparison).removeprefix('of ')} {threshold}"
    return _measured(change, subject, name, threshold, page)


def _bound(other: Operand, page: Page) -> str:
    """The other side of a comparison: a constant as it was written."""
    return other.text if other.constant and other.text else page.value(other)


def _measured(change: Change, subject: Operand, name: str, threshold: str, page: Page) -> str:
    assert change.target is not None
    now = page.value(subject)
    if subject.type.kind not in (Kind.INT, Kind.DECIMAL):
        return f"{name} from {now} to {_words(change.comparison).removeprefix('of ')} {threshold}"
    target = show_value(change.target, subject.type, page.zone)
    difference = change.target - subject.value
    step = show_value(abs(difference), subject.type, page.zone)
    if subject.event:
        word = "more" if difference > 0 else "fewer"
        return f"{step} {word} {subject.event} ({name} from {now} to {target})"
    return f"{name} from {now} to {target} ({'+' if difference > 0 else '-'}{step})"


def _words(comparison: str) -> str:
    return {
        ">=": "of at least",
        ">": "of more than",
        "<=": "of at most",
        "<": "of less than",
        "==": "equal to",
        "!=": "other than",
    }.get(comparison, comparison)


def _windows(explained: Explanation) -> Iterator[str]:
    if not explained.windows:
        return
    yield ""
    yield "windows"
    for seen in explained.windows:
        if seen.score:
            continue
        yield f"  {', '.join(seen.events)}: {window_text(seen.window, explained.zone.key)}"
        edges = window_edges(seen, explained.zone)
        if edges:
            yield f"      {edges}"
    # A score may have dozens of features, of which JSON has each window.
    for score in dict.fromkeys(seen.score for seen in explained.windows if seen.score):
        of_score = [seen for seen in explained.windows if seen.score == score]
        events = dict.fromkeys(event for seen in of_score for event in seen.events)
        number = "1 window" if len(of_score) == 1 else f"{len(of_score)} windows"
        yield f"  {', '.join(events)}: {number} of the features of {score}"


def window_edges(seen: BoundWindow, zone: ZoneInfo) -> str:
    """The instants between which events count."""
    after, until = seen.bounds
    if after is None or isinstance(seen.window, LastEvents):
        return ""
    first = show_local(after, zone)
    edge = f"after {first}"
    if (after + 1) % 1_000_000 == 0:
        edge = f"from {show_local(after + 1, zone)}"
    last = f"to {show_local(until, zone)}"
    if (until + 1) % 1_000_000 == 0:
        last = f"before {show_local(until + 1, zone)}"
    return f"{edge} {last}"
