"""A hash of what a project says, whatever its layout, comments and order of definitions."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

from segue.compiler.catalog.yaml_tree import read_yaml
from segue.grammar import ast


def fingerprint(catalog: str, modules: Iterable[tuple[tuple[str, ...], ast.Module]]) -> str:
    """The hash of a catalog's text and of rule files with their folders.

    It stays the same over versions of Segue that read the project in the same way.
    """
    tree, _ = read_yaml(catalog, "")
    rules = sorted(
        json.dumps([".".join(folder), _plain(item)])
        for folder, file in modules
        for item in file.items
    )
    meaning = [tree.data() if tree is not None else None, rules]
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode("ascii")).hexdigest()


def _plain(value: Any) -> Any:
    """A syntax tree as JSON data: only what takes part in its equality, and only what is said.

    What is absent is left out, so that a clause a later version adds changes no hash.
    """
    if is_dataclass(value) and not isinstance(value, type):
        parts = {
            field.name: _plain(part)
            for field in fields(value)
            if field.compare and (part := getattr(value, field.name)) not in (None, ())
        }
        return [type(value).__name__, parts]
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)  # decimals, as written
