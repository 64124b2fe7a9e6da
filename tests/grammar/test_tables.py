"""The checked-in parse tables, and what start-up costs."""

import subprocess
import sys
from pathlib import Path

from segue.grammar import tables
from segue.grammar.generate import generate


def test_the_tables_are_those_of_the_grammar() -> None:
    text = Path(str(tables.__file__)).read_text(encoding="utf-8")
    assert text == generate(), "run `python -m segue.grammar.generate`"


def test_reading_a_file_needs_no_parser_generator() -> None:
    program = (
        "import sys; from segue.grammar.parser import parse;"
        "assert not parse('metric a = 1', 'x').diagnostics;"
        "print([m for m in ('lark', 'difflib', 'segue.grammar.diagnosis') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
