"""Names of tables and views that would take another's place."""

import pytest

from segue.compiler.analysis.analysis import analyse
from segue.compiler.analysis.symbols import Source
from segue.compiler.plan.plan import Plan
from segue.compiler.sql.query import Outputs
from segue.compiler.sql.statements import NameTaken, compile_script, compile_views
from segue.grammar.parser import parse
from sql.shop import binding, plan
from sql.shop import catalog as shop_catalog


def in_folders(**rules: str) -> Plan:
    sources = [
        Source(tuple(folder.split("_")) if folder != "top" else (), parse(text, "a.seg").module)
        for folder, text in rules.items()
    ]
    found = analyse(sources, shop_catalog())
    assert found.plan is not None, found.diagnostics
    return found.plan


def test_two_segments_do_not_become_one_view() -> None:
    given = in_folders(mail="segment keen { when staff }", top="segment mail_keen { when staff }")
    with pytest.raises(NameTaken, match="both be the view `mail_keen`"):
        compile_views(given, binding(), "duckdb", tuple(given.segments))


def test_names_that_postgres_would_cut_off_do_not_become_one_view() -> None:
    long = "a_segment_with_a_name_that_goes_on_and_on_and_on_until_it_is_cut_off"
    given = in_folders(
        top=f"segment {long}_1 {{ when staff }}\nsegment {long}_2 {{ when not staff }}"
    )
    with pytest.raises(NameTaken):
        compile_views(given, binding(), "postgres", tuple(given.segments))
    assert len(compile_views(given, binding(), "duckdb", tuple(given.segments)).statements) == 4


def test_a_view_does_not_replace_a_table_of_the_catalog() -> None:
    given = plan("segment clicks { when staff }")
    with pytest.raises(NameTaken, match="`clicks` is a table that the catalog reads"):
        compile_views(given, binding(), "duckdb", ("clicks",))


def test_a_script_does_not_replace_a_table_of_the_catalog() -> None:
    given = plan("segment keen { when staff }")
    with pytest.raises(NameTaken):
        compile_script(given, binding(), "duckdb", Outputs(segments=("keen",)), table="People")
