"""What was found is kept until something changes that it depends on."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from lint.ruleset import CATALOG
from segue.compiler.solver.claims import Claim
from segue.compiler.solver.verdict import Proved, Unknown, Verdict
from segue.runtime import ruleset
from segue.runtime.lint.cache import FILE, FOLDER
from segue.runtime.lint.checking import check_and_lint
from segue.runtime.lint.outcome import Outcome, Wishes
from segue.runtime.solver import session

PLAIN = Wishes()
RULES = """\
metric spent = sum(purchase.amount) default 0

segment neighbours { when country == "FR" or country == "DE" }
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "catalog.yml").write_text(CATALOG.read_text("utf-8"), "utf-8")
    (tmp_path / "segue.yml").write_text("templates: mails\n", "utf-8")
    (tmp_path / "rules.seg").write_text(RULES, "utf-8")
    return tmp_path


def kept(shop: Path, monkeypatch: pytest.MonkeyPatch, wishes: Wishes = PLAIN) -> bool:
    """Whether a check is answered without reading the project."""
    read: list[Path] = []
    check = ruleset.check_project

    def counted(root: Path) -> object:
        read.append(root)
        return check(root)

    with monkeypatch.context() as patch:
        patch.setattr(ruleset, "check_project", counted)
        check_and_lint(shop, wishes)
    return not read


def shown(outcome: Outcome) -> tuple[object, ...]:
    paths = {f.diagnostic.span.path for f in outcome.findings}
    texts = {path: outcome.texts[path] for path in paths}
    return outcome.findings, outcome.suppressed, outcome.files, texts


def test_what_is_kept_is_what_was_found(shop: Path) -> None:
    first = check_and_lint(shop, Wishes())

    assert len(first.findings) >= 3
    assert shown(check_and_lint(shop, Wishes())) == shown(first)


def test_the_same_question_is_answered_from_the_cache(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not kept(shop, monkeypatch)
    assert kept(shop, monkeypatch)
    assert not kept(shop, monkeypatch, Wishes(select=("SEG3",)))
    assert kept(shop, monkeypatch, Wishes(select=("SEG3",)))
    assert kept(shop, monkeypatch)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("rules.seg", RULES + "# A comment moves nothing and suppresses something.\n"),
        ("email/more.seg", "metric more = count(purchase)"),
        ("segue.yml", "templates: mails\nlint: {ignore: [all]}\n"),
        ("catalog.yml", CATALOG.read_text("utf-8").replace("decimal(2)", "decimal(3)")),
        ("mails/hello.md", "Hello"),
    ],
)
def test_whatever_changes_is_looked_at_again(
    path: str, text: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not kept(shop, monkeypatch)
    (shop / path).parent.mkdir(exist_ok=True)
    (shop / path).write_text(text, "utf-8")

    assert not kept(shop, monkeypatch)
    assert kept(shop, monkeypatch)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"inputs": {}, "runs": []}'])
def test_a_cache_that_cannot_be_read_is_none(
    text: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_and_lint(shop, Wishes())
    (shop / FOLDER / FILE).write_text(text, "utf-8")

    assert not kept(shop, monkeypatch)
    assert kept(shop, monkeypatch)


def test_the_cache_is_plain_json_and_kept_out_of_git(shop: Path) -> None:
    check_and_lint(shop, Wishes())

    assert set(json.loads((shop / FOLDER / FILE).read_text("utf-8"))) == {"inputs", "runs"}
    assert (shop / FOLDER / ".gitignore").read_text("utf-8") == "*\n"


def test_a_folder_that_cannot_be_written_to_is_no_reason_to_fail(shop: Path) -> None:
    (shop / FOLDER).write_text("in the way", "utf-8")

    assert check_and_lint(shop, Wishes()).findings


LATE = Unknown("no answer within 60 s", late=True)
HARD = Unknown("the rule is nested too deeply for the solver")


@pytest.mark.parametrize(("verdict", "remembered"), [(LATE, False), (HARD, True), (Proved(), True)])
def test_what_the_solver_had_no_time_for_is_asked_again(
    shop: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, remembered: bool
) -> None:
    def decide_all(_catalog: object, claims: Mapping[str, Claim], *_: object) -> dict[str, Verdict]:
        return dict.fromkeys(claims, verdict)

    monkeypatch.setattr(session, "decide_all", decide_all)
    claim = '\nsegment here { when country == "FR" }\nassert here implies neighbours\n'
    (shop / "rules.seg").write_text(RULES + claim, "utf-8")

    check_and_lint(shop, Wishes(solver=True))
    assert kept(shop, monkeypatch, Wishes(solver=True)) is remembered


def test_a_model_that_was_trained_is_looked_at(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_and_lint(shop, PLAIN)
    assert kept(shop, monkeypatch)

    model = shop / "models" / "churn_risk" / "v1.json"
    model.parent.mkdir(parents=True)
    model.write_text("{}", "utf-8")

    assert not kept(shop, monkeypatch)
