"""The formats of `segue check`, by the name that `--format` takes."""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from segue.runtime.lint.report import Report

# Each is a module of this package with a function `write`; imported when it is asked for.
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "text": "with source lines and carets, for people",
        "concise": "one line a finding, for editors and logs",
        "json": "everything, for machines",
        "sarif": "SARIF 2.1.0, for code scanning",
        "github": "annotations in a GitHub workflow",
        "gitlab": "a GitLab code quality report",
        "junit": "a JUnit report",
    }
)


def writer(name: str) -> Callable[[Report], str]:
    """The function that puts a report in a format."""
    module = import_module(f"segue.runtime.lint.formats.{name}")
    write: Callable[[Report], str] = module.write
    return write
