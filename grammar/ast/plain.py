"""A syntax tree as JSON data: what was said, and not how it was laid out."""

from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """A node as JSON data: only what takes part in its equality, and only what is said.

    What is absent is left out, so that a clause a later version adds changes no hash.
    """
    if is_dataclass(value) and not isinstance(value, type):
        parts = {
            field.name: plain(part)
            for field in fields(value)
            if field.compare and (part := getattr(value, field.name)) not in (None, ())
        }
        return [type(value).__name__, parts]
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)  # decimals, as written
