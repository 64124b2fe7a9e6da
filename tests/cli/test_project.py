"""Projects: settings, targets and their variables, and the fingerprint."""

from pathlib import Path

import pytest

from segue.grammar.diagnostics import SegueError, render
from segue.runtime.configuration import read_configuration, without_passwords
from segue.runtime.layout import find_project
from segue.runtime.project import load_project
from segue.runtime.refusal import ProjectError, Refusal
from segue.runtime.ruleset import load_ruleset

SETTINGS = """\
rules: .
ignore: [archive]
target: dev
targets:
  dev: {engine: duckdb, path: data/shop.duckdb}
  prod: {engine: postgres, dsn: "${SEGUE_TEST_DSN}", schema: "${SEGUE_TEST_SCHEMA:-segue}"}
"""


def test_defaults(project: Path) -> None:
    loaded = load_project(project)
    assert [(s.path, s.module) for s in loaded.sources] == [
        ("rules.seg", ()),
        ("email/buyers.seg", ("email",)),
    ]
    assert sorted(loaded.texts) == ["catalog.yml", "email/buyers.seg", "rules.seg"]
    with pytest.raises(Refusal, match="no target chosen"):
        loaded.target()


def test_a_project_is_found_from_below(project: Path) -> None:
    assert find_project(project / "email") == project
    assert find_project(project / "email" / "buyers.seg") == project


def test_rules_and_catalog_elsewhere(project: Path) -> None:
    (project / "rules").mkdir()
    (project / "email").rename(project / "rules" / "email")
    (project / "rules.seg").rename(project / "rules" / "rules.seg")
    (project / "catalog.yml").rename(project / "shop.yml")
    (project / "segue.yml").write_text("catalog: shop.yml\nrules: rules\n", "utf-8")
    loaded = load_project(project / "rules")
    assert [(s.path, s.module) for s in loaded.sources] == [
        ("rules/rules.seg", ()),
        ("rules/email/buyers.seg", ("email",)),
    ]


def test_all_findings_are_raised_together(project: Path) -> None:
    (project / "rules.seg").write_text("segment {", "utf-8")
    (project / "email" / "buyers.seg").write_text("segment {", "utf-8")
    (project / "catalog.yml").write_text("entity: 3", "utf-8")
    with pytest.raises(SegueError) as raised:
        load_project(project)
    assert {d.span.path for d in raised.value.diagnostics} == {
        "catalog.yml",
        "rules.seg",
        "email/buyers.seg",
    }
    assert "--> rules.seg:1:" in str(raised.value)


def test_targets(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "segue.yml").write_text(SETTINGS, "utf-8")
    loaded = load_project(project)
    assert loaded.target().settings == {"path": str(project / "data" / "shop.duckdb")}
    monkeypatch.setenv("SEGUE_TEST_DSN", "postgres://me:hunter2@server/shop")
    prod = loaded.target("prod")
    assert prod.settings == {"dsn": "postgres://me:hunter2@server/shop", "schema": "segue"}
    assert "hunter2" not in repr(prod)
    with pytest.raises(Refusal, match="known here: dev, prod"):
        loaded.target("staging")


def test_a_variable_that_is_not_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGUE_TEST_DSN", raising=False)
    (project / "segue.yml").write_text(SETTINGS, "utf-8")
    loaded = load_project(project)  # `segue check` needs no password
    with pytest.raises(ProjectError) as raised:
        loaded.target("prod")
    assert "`SEGUE_TEST_DSN` is not set" in str(raised.value)
    assert "segue.yml:6:33" in str(raised.value)


def test_a_variable_that_is_empty_is_not_set(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_TEST_DSN", "")
    (project / "segue.yml").write_text(SETTINGS, "utf-8")
    with pytest.raises(ProjectError, match="`SEGUE_TEST_DSN` is empty"):
        load_project(project).target("prod")

    otherwise = SETTINGS.replace("SEGUE_TEST_DSN", "SEGUE_TEST_DSN:-postgres://local/shop")
    (project / "segue.yml").write_text(otherwise, "utf-8")
    assert load_project(project).target("prod").settings["dsn"] == "postgres://local/shop"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("catalogue: x", "did you mean `catalog`?"),
        ("- catalog", "should be settings by name"),
        ("catalog: [a]", "`catalog` should be a text"),
        ("tests: {a: b}", "`tests` should be a text or a list of texts"),
        ("targets: dev", "`targets` should be warehouses by name"),
        ("targets: {dev: duckdb}", "target `dev` needs its `engine`"),
        ("targets: {dev: {engine: duckbd}}", "did you mean `duckdb`?"),
        ("targets: {dev: {engine: duckdb}}", "needs `path`"),
        ("targets: {dev: {engine: duckdb, path: x, dns: y}}", "has no setting `dns`"),
        ("target: prod\ntargets: {dev: {engine: duckdb, path: x}}", "there is no target `prod`"),
        ("target: [", "this is not YAML"),
    ],
)
def test_what_is_wrong_with_settings_has_its_place(text: str, message: str) -> None:
    _, diagnostics = read_configuration(text, "segue.yml")
    shown = "\n".join(render(d, {"segue.yml": text}) for d in diagnostics)
    assert message in shown
    assert "^" in shown


def test_empty_settings_are_the_defaults() -> None:
    configuration, diagnostics = read_configuration("# nothing yet\n", "segue.yml")
    assert (configuration.catalog, diagnostics) == ("catalog.yml", [])


@pytest.mark.parametrize(
    "written",
    [
        "password: hunter2",
        'password: "hunter2"',
        "password: 'my hunter2'",
        "passwrd: hunter2",
        "PASSWORD: hunter2",
        "{user: me, db_passwd: hunter2, role: r}",
        "secret_token: hunter2",
        "dsn: postgres://me:an@hunter2@server/shop",
        'dsn: "host=server password=hunter2"',
        'dsn: "postgres://me@server/shop?sslpassword=hunter2"',
    ],
)
def test_passwords_in_settings_are_not_shown(written: str) -> None:
    text = f"a: postgres://me:hunter2@server/shop\n{written}\nb: ${{PASSWORD}}\n"
    shown = without_passwords(text)
    assert "hunter2" not in shown
    assert len(shown) == len(text)
    assert "${PASSWORD}" in shown


def test_the_fingerprint_is_of_the_meaning(project: Path) -> None:
    def fingerprint() -> str:
        return load_ruleset(project).fingerprint

    before = fingerprint()
    rules, catalog = project / "rules.seg", project / "catalog.yml"
    rules.write_text("# a comment\n" + rules.read_text("utf-8").replace("  when", "\n when"))
    catalog.write_text("# a comment\n" + catalog.read_text("utf-8"))
    assert fingerprint() == before
    rules.write_text(rules.read_text("utf-8").replace(">= 10", ">= 11"))
    changed = fingerprint()
    assert changed != before
    catalog.write_text(catalog.read_text("utf-8").replace("Paris", "Berlin"))
    assert fingerprint() not in (before, changed)
