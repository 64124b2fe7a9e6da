"""`segue lsp` without what it needs."""

import sys

import pytest
from click.testing import CliRunner

from segue.runtime.cli import main


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("segue.runtime.lsp")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)

    result = CliRunner().invoke(main, ["lsp"])

    assert result.exit_code == 2
    assert "the language server needs the package `pygls`" in result.output
    assert "pip install 'segue-lang[lsp]'" in result.output
