"""The trained models that rules may use, as the compiler asks for them.

Reading a model takes time that `segue check` does not have, so what is known of each without
reading it is apart: its header.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from segue.compiler.scores.model import Feature, Model, ScoreKind


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a trained model without reading all of it.

    `score` is the full name of the score that it was trained for, `version` counts from 1, and
    `digest` is a hash of all that it says.
    """

    score: str
    version: int
    digest: str
    kind: ScoreKind
    features: tuple[Feature, ...]
    classes: tuple[str, ...] = ()


class Models(Protocol):
    """Finds trained models, and reads one when it is needed."""

    def versions(self, score: str) -> Mapping[int, Header]:
        """The models trained for a score, by version, in order; empty where there is none."""
        ...

    def model(self, header: Header) -> Model:
        """The model of a header, read when first asked for.

        Raises `SegueError` where it is not what its header says, or cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """Models in memory, with their headers; without any, those of a project that trained none."""

    headers: Mapping[str, Mapping[int, Header]] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)

    def versions(self, score: str) -> Mapping[int, Header]:
        """The models trained for a score."""
        return self.headers.get(score, {})

    def model(self, header: Header) -> Model:
        """The model of a header."""
        return self.models[header.digest]


NONE: Models = Known()
