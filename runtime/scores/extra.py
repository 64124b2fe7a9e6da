"""The libraries of `segue-lang[scores]`, which are there only where scores are trained."""

from importlib import import_module
from typing import Any

from segue.runtime.refusal import Refusal


def library(name: str) -> Any:
    """A module of scikit-learn, scipy or numpy; raises `Refusal` where it is not installed.

    They come without type hints that are of use here, and take a second to import: nothing but
    training and scoring asks for them.
    """
    try:
        return import_module(name)
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] != name.partition(".")[0]:
            raise
        distribution = {"sklearn": "scikit-learn"}.get(name.partition(".")[0], error.name)
        raise Refusal(
            f"{distribution} is not installed, and scores are trained with it",
            "pip install 'segue-lang[scores]'",
        ) from None
