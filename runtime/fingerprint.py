"""A hash of what a project says, whatever its layout, comments and order of definitions."""

import hashlib
import json
from collections.abc import Iterable

from segue.compiler.catalog.yaml_tree import read_yaml
from segue.grammar import ast
from segue.grammar.ast.plain import plain


def fingerprint(catalog: str, modules: Iterable[tuple[tuple[str, ...], ast.Module]]) -> str:
    """The hash of a catalog's text and of rule files with their folders.

    It stays the same over versions of Segue that read the project in the same way.
    """
    tree, _ = read_yaml(catalog, "")
    rules = sorted(
        json.dumps([".".join(folder), plain(item)])
        for folder, file in modules
        for item in file.items
    )
    meaning = [tree.data() if tree is not None else None, rules]
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode("ascii")).hexdigest()
