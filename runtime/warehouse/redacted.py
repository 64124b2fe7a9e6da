"""What a driver says, without what is secret."""

from collections.abc import Iterable


def first_line(error: BaseException, secrets: Iterable[str]) -> str:
    """The first line of an error's message, with `***` in place of each secret."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    for secret in secrets:
        if secret:
            line = line.replace(secret, "***")
    return line
