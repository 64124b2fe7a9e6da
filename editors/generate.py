"""Writes what editors need that follows from the grammar: run after a change of `segue.lark`.

python editors/generate.py
"""

import json
from pathlib import Path

from segue.grammar.textmate import textmate

TEXTMATE = Path(__file__).parent / "vscode" / "syntaxes" / "segue.tmLanguage.json"


def text() -> str:
    """The TextMate grammar as it should stand in the file."""
    return json.dumps(textmate(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TEXTMATE.write_text(text(), encoding="utf-8")
