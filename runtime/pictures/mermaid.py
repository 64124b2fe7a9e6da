"""A picture as Mermaid text, which GitHub, GitLab and many editors draw."""

from collections.abc import Iterator

from segue.runtime.pictures.picture import Picture, StageBox


def mermaid(picture: Picture) -> str:
    """A state diagram: the point is outside of all stages."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    yield "---"
    yield f"title: {picture.name}"
    yield "---"
    yield "stateDiagram-v2"
    for place, stage in enumerate(picture.stages):
        count = "" if stage.present is None else f" ({stage.present:,})"
        # Ids of our own: a stage may be called `end`, which Mermaid keeps for itself.
        yield f'  state "{stage.name}{count}" as s{place}'
    for place, stage in enumerate(picture.stages):
        yield from _outside(place, stage)
    for arrow in picture.arrows:
        yield f"  s{arrow.before} --> s{arrow.after}{_label(arrow.count)}"


def _outside(place: int, stage: StageBox) -> Iterator[str]:
    if stage.entered or stage.initial:
        yield f"  [*] --> s{place}{_label(stage.from_nowhere)}"
    if stage.left:
        yield f"  s{place} --> [*]{_label(stage.to_nowhere)}"


def _label(count: int | None) -> str:
    return "" if count is None else f" : {count:,}"
