"""A picture as SVG: the stages below each other, progressions as arcs beside them.

Those that lead down the list are on the right, those that lead back up on the left. Arcs of one
side are nested by length, so that they never run through a stage, however many there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from segue.runtime.history.report import duration_text
from segue.runtime.pictures.picture import Arrow, Picture, StageBox

BOX_WIDTH, BOX_HEIGHT, GAP = 330, 78, 34
TOP, SIDE = 84, 34
LANE = 46
"""How much further out the next longer arc is."""
FIRST_LANE = 54
PORT = 13
"""How far apart the ends of arcs are at a box."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A stage where it is drawn."""

    stage: StageBox
    x: float
    y: float
    share: float
    facts: str


@dataclass(frozen=True, slots=True)
class Arc:
    """A progression where it is drawn: its path, and where its label is."""

    path: str
    down: bool
    width: float
    idle: bool
    label: str
    label_x: float
    label_y: float


def svg(picture: Picture) -> str:
    """The picture as one SVG file, which needs no fonts and no scripts of its own."""
    up = [arrow for arrow in picture.arrows if arrow.after < arrow.before]
    down = [arrow for arrow in picture.arrows if arrow.after > arrow.before]
    left, right = _room(up), _room(down)
    x = SIDE + left
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True
    )
    text = files(__package__).joinpath("lifecycle.svg.j2").read_text("utf-8")
    height = TOP + len(picture.stages) * (BOX_HEIGHT + GAP) - GAP + SIDE
    return environment.from_string(text).render(
        picture=picture,
        width=x + BOX_WIDTH + right + SIDE,
        height=height,
        x=x,
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        stages=[_drawn(picture, place, x) for place in range(len(picture.stages))],
        arcs=[*_arcs(picture, down, x + BOX_WIDTH, 1), *_arcs(picture, up, x, -1)],
    )


def _room(arrows: Iterable[Arrow]) -> int:
    """How much space arcs need beside the stages."""
    longest = max((_length(arrow) for arrow in arrows), default=0)
    return FIRST_LANE + longest * LANE if longest else 0


def _length(arrow: Arrow) -> int:
    return abs(arrow.after - arrow.before)


def _top(place: int) -> float:
    return TOP + place * (BOX_HEIGHT + GAP)


def _drawn(picture: Picture, place: int, x: float) -> Drawn:
    stage = picture.stages[place]
    share = (stage.present or 0) / picture.present if picture.present else 0
    return Drawn(stage, x, _top(place), share, _facts(stage))


def _facts(stage: StageBox) -> str:
    """The last line in a box: the ways from and to no stage, and how long people stay."""
    facts = []
    if stage.entered or stage.initial:
        facts.append(_coming(stage))
    if stage.left:
        facts.append("exit" if stage.to_nowhere is None else f"{stage.to_nowhere:,} left")
    if stage.stays is not None and stage.stays.median is not None:
        facts.append(f"median stay {duration_text(stage.stays.median)}")
    return " · ".join(facts)


def _coming(stage: StageBox) -> str:
    if stage.from_nowhere is None:
        return "starts here" if stage.initial else "entry"
    return f"{stage.from_nowhere:,} {'started here' if stage.initial else 'entered'}"


def _arcs(picture: Picture, arrows: list[Arrow], edge: float, side: int) -> list[Arc]:
    """The arcs of one side. At a box, ends are spread; longer arcs take the outer places."""
    most = max((arrow.count or 0 for arrow in picture.arrows), default=0)
    ends: dict[int, list[tuple[Arrow, bool]]] = {}
    for arrow in arrows:
        ends.setdefault(arrow.before, []).append((arrow, True))
        ends.setdefault(arrow.after, []).append((arrow, False))
    heights: dict[tuple[Arrow, bool], float] = {}
    for place, found in ends.items():
        found.sort(key=lambda end: _other(end, place))
        middle = _top(place) + BOX_HEIGHT / 2
        for position, end in enumerate(found):
            heights[end] = middle + (position - (len(found) - 1) / 2) * PORT
    return [_arc(arrow, heights, edge, side, most) for arrow in arrows]


def _other(end: tuple[Arrow, bool], place: int) -> tuple[int, int]:
    arrow, starts = end
    other = arrow.after if starts else arrow.before
    # What is farthest away takes the outer places, so that no two arcs cross at the box.
    return (0, -abs(place - other)) if other < place else (1, abs(place - other))


def _arc(
    arrow: Arrow,
    heights: dict[tuple[Arrow, bool], float],
    edge: float,
    side: int,
    most: int,
) -> Arc:
    start, end = heights[arrow, True], heights[arrow, False]
    reach = edge + side * (FIRST_LANE + (_length(arrow) - 1) * LANE)
    # A cubic bows to three quarters of the way to its control points.
    control = edge + (reach - edge) * 4 / 3
    tip = edge + side * 3
    count = arrow.count or 0
    width = 1.5 + (4.5 * count / most if most else 0)
    return Arc(
        f"M{edge:.1f},{start:.1f} C{control:.1f},{start:.1f} {control:.1f},{end:.1f} "
        f"{tip:.1f},{end:.1f}",
        side > 0,
        round(width, 2),
        arrow.count == 0,
        f"{arrow.count:,}" if arrow.count else "",
        reach,
        (start + end) / 2,
    )
