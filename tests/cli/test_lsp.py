"""`segue lsp` without what it needs."""

import sys

import pytest
from click.testing import CliRunner

import segue.runtime
from segue.runtime.cli import main


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("segue.runtime.lsp")]:
        monkeypatch.delitem(sys.modules, name)
    # Without it, what is imported here would stay in place of what was there before.
    monkeypatch.delattr(segue.runtime, "lsp", raising=False)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)

    result = CliRunner().invoke(main, ["lsp"])

    assert result.exit_code == 2
    assert "the language server needs the package `pygls`" in result.output
    assert "pip install 'segue-lang[lsp]'" in result.output
