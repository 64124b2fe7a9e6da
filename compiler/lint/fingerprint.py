"""What a finding is known by when its line has moved."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable

from segue.compiler.analysis.symbols import Source
from segue.grammar import ast
from segue.grammar.ast.plain import plain

Fingerprint = Callable[[str, Source, ast.Item | None], str]


def fingerprints() -> Fingerprint:
    """A function that makes the fingerprint of each next finding: code, file, item it stands in.

    It is made of the code and of what the item says, so that layout, comments and the rest of
    the file do not matter; the second finding of a rule in one item differs from the first. A
    finding outside of all items is known by its file.
    """
    seen: Counter[str] = Counter()
    plains: dict[int, str] = {}

    def fingerprint(code: str, source: Source, item: ast.Item | None) -> str:
        where = source.tree.span.path
        if item is not None:
            where = plains.get(id(item)) or json.dumps([source.module, plain(item)])
            plains[id(item)] = where
        key = f"{code}\n{where}"
        seen[key] += 1
        return hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:20]

    return fingerprint
