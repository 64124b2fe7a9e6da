"""Trained models as a command line names them: `churn_risk`, `churn_risk@v3`."""

import re

from segue.compiler.scores.library import Header, Models
from segue.runtime.refusal import Refusal

_NAME = re.compile(r"(?P<score>[^@]+)(?:@v(?P<version>[1-9][0-9]{0,8}))?")


def named_header(models: Models, name: str) -> Header:
    """The header of a model, of the newest version unless one is named; raises `Refusal`."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise Refusal(f"`{name}` names no model", "write `churn_risk`, or `churn_risk@v3`")
    score, version = found["score"], found["version"]
    there = models.versions(score)
    if not there:
        raise Refusal(f"`{score}` was never trained here", f"run `segue train {score}`")
    if version is None:
        return there[max(there)]
    if int(version) not in there:
        known = ", ".join(f"v{number}" for number in there)
        raise Refusal(f"there is no version {version} of `{score}`", f"there are {known}")
    return there[int(version)]
