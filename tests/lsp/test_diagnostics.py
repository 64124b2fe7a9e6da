"""Findings appear while somebody types, in every file they concern."""

from collections.abc import Callable

import pytest
from lsprotocol import types

from lsp.desk import Desk
from segue.runtime.lsp.diagnostics import all_findings
from segue.runtime.lsp.workspace import Workspace

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPENS = "metric opens = count(email_open over last 30d)\n"


async def test_a_finding_says_what_is_wrong_and_how_to_mend_it(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open(OPENS + "segment a { when opns >= 10 }")

    (found,) = await shop.findings(count=1)

    assert found.message == ("unknown name `opns`: not defined here\nhelp: did you mean `opens`?")
    assert found.code == "SEG010"
    assert found.severity is types.DiagnosticSeverity.Error
    assert found.range == types.Range(types.Position(1, 17), types.Position(1, 21))


async def test_a_finding_goes_when_it_is_mended(desk: Callable[..., Desk]) -> None:
    shop = desk()
    place = shop.open(OPENS + "segment a { when op▮ns >= 10 }")
    await shop.findings(count=1)

    shop.type(place, "e")

    assert await shop.findings(count=0) == []


async def test_a_change_in_one_file_is_a_finding_in_another(desk: Callable[..., Desk]) -> None:
    shop = desk(metrics=OPENS, rules="segment a { when opens >= 10 }")
    place = shop.open(OPENS.replace("opens", "opens▮"), "metrics.seg")
    await shop.findings("metrics.seg", count=0)

    shop.type(place, "_30d", "metrics.seg")

    (found,) = await shop.findings("rules.seg", count=1)
    assert "unknown name `opens`" in found.message


async def test_a_change_of_the_catalog_that_is_not_saved_counts(desk: Callable[..., Desk]) -> None:
    shop = desk(rules='segment a { when country == "FR" }')
    catalog = (shop.root / "catalog.yml").read_text("utf-8")
    shop.open('segment a { when country == "FR" }')
    await shop.findings(count=0)

    shop.open(catalog.replace("country:", "land:"), "catalog.yml")

    (found,) = await shop.findings(count=1)
    assert "unknown name `country`" in found.message


async def test_a_second_place_that_explains_is_linked(desk: Callable[..., Desk]) -> None:
    shop = desk(metrics=OPENS)
    shop.open("metric opens = count(purchase)")

    (found,) = await shop.findings(count=1)

    assert found.related_information is not None
    (first,) = found.related_information
    assert first.location.uri == shop.uri("metrics.seg")
    assert first.message == "the first, a metric"


async def test_places_are_counted_as_the_editor_counts(desk: Callable[..., Desk]) -> None:
    shop = desk()
    shop.open('segment a "🛒 allô" { when country == "🛒" and opns > 1 }')

    value, name = await shop.findings(count=2)

    line = 'segment a "🛒 allô" { when country == "🛒" and '
    assert name.range.start.character == len(line) + 2  # two characters of two units each
    assert value.range.end.character - value.range.start.character == 4


async def test_a_file_outside_a_project_is_checked_for_syntax(desk: Callable[..., Desk]) -> None:
    shop = desk()
    (shop.root / "catalog.yml").unlink()

    shop.open("segment a { when opens >= }")

    syntax, project = await shop.findings(count=2)
    assert syntax.code == "SEG001"
    assert "is not in a Segue project" in project.message
    assert project.severity is types.DiagnosticSeverity.Information


async def test_tiers_that_are_not_finished(desk: Callable[..., Desk]) -> None:
    shop = desk()

    shop.open("tiers band by count(purchase) {\n  high when >= 9\n  low when >= 3\n}")

    (found,) = await shop.findings(count=1)
    assert "`otherwise`" in found.message


async def test_a_failure_of_segue_itself_is_told(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("segue.runtime.lsp.workspace.check_project", fail)
    shop = desk(rules=OPENS)
    workspace = Workspace()
    workspace.put(shop.uri(), OPENS)

    (found,) = all_findings(workspace)[shop.uri()]

    assert found.message.startswith("Segue failed with ZeroDivisionError")


async def test_a_new_file_that_was_never_saved_takes_part(desk: Callable[..., Desk]) -> None:
    shop = desk(rules="segment a { when opens >= 1 }")
    shop.open("segment a { when opens >= 1 }")
    await shop.findings(count=1)

    shop.open(OPENS, "new.seg")

    assert await shop.findings(count=0) == []
