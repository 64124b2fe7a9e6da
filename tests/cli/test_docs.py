"""`segue docs`: every segment as a person can read it."""

from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from segue.compiler.plan.windows import DAY, Calendar, FixedDays, LastEvents, Sliding
from segue.runtime.cli import main
from segue.runtime.window_text import window_text

Segue = Callable[..., Result]


def test_a_segment_with_all_that_is_said_of_it(project: Path, segue: Segue) -> None:
    page = segue("docs").output.split("## engaged")[1].split("\n## ")[0]
    for said in (
        "Opens a lot",
        "opens_30d >= 10",
        "`email_open`, sliding: from 30d ago (not included) to now (included)",
        "Priority: high",
        "Cadence: weekly",
        "Actions: premium_content, early_access",
        "Owner: Lifecycle \\| team",
        "`rules.seg:4`",
        "Uses [`opens_30d`](#opens_30d)",
        "Used by [`email.buyers`](#emailbuyers)",
    ):
        assert said in page


def test_calendar_windows_name_their_zone(project: Path, segue: Segue) -> None:
    assert "this month, from its first instant to now, in months of Europe/Paris" in (
        segue("docs").output
    )


def test_the_most_urgent_segments_come_first(project: Path, segue: Segue) -> None:
    text = segue("docs").output
    assert text.index("## newcomers") < text.index("## engaged") < text.index("## email.buyers")


def test_into_a_folder(project: Path, segue: Segue) -> None:
    printed = segue("docs").output
    assert segue("docs", "--out", "site/rules").output == "wrote site/rules/segments.md\n"
    assert (project / "site" / "rules" / "segments.md").read_text("utf-8") == printed


def test_windows_in_words() -> None:
    zone = "Europe/Paris"
    assert "from 30d ago (not included) to 15d ago" in window_text(
        Sliding(30 * DAY, 15 * DAY), zone
    )
    assert "from 1h30min ago" in window_text(Sliding(DAY // 16), zone)
    assert "a day being" not in window_text(Sliding(DAY // 16), zone)
    assert "today and the 2 before it" in window_text(Calendar("day", 3), zone)
    assert "the 2 months before this one" in window_text(Calendar("month", 2, True), zone)
    assert "from 2024-11-29 to 2024-12-02" in window_text(FixedDays(20056, 20059), zone)
    assert "the latest 5 events" in window_text(LastEvents(5), zone)


def test_a_lifecycle_has_a_picture_and_its_stages(project: Path, segue: Segue) -> None:
    (project / "life.seg").write_text(
        "lifecycle customer { initial new stage new { nurture hello next old } "
        "stage old { enter when opens_30d >= 3 exit when opens_30d == 0 } }",
        "utf-8",
    )
    page = segue("docs").output.split("# Lifecycle customer")[1]
    for said in (
        "```mermaid\n",
        'state "new" as s0',
        "- Starts here: everybody who enters no other stage",
        "- Moves on to: old",
        "- Sequences: hello",
        "Enters when\n\n```seg\nopens_30d >= 3\n```",
        "Leaves when\n\n```seg\nopens_30d == 0\n```",
    ):
        assert said in page


def test_a_score_says_what_it_learns_from_what(project: Path, segue: Segue) -> None:
    (project / "scores.seg").write_text(
        """metric purchases = count(purchase) tags habit
score buys_again "Comes back": probability {
  predict exists(purchase over next 30d)
  among   purchases > 0
  from    all metrics tagged habit
  train   every 30d over last 360d
}
segment returning { when buys_again() >= 50% }
""",
        "utf-8",
    )
    text = segue("docs").output
    page = text.split("# Scores")[1].split("\n# ")[0]
    for said in (
        "Comes back",
        "predict exists(purchase over next 30d)",
        "Type: `probability`. The label looks 30d ahead of a snapshot. 1 feature, learnt by "
        "`random_forest`. Not trained yet. Defined in `scores.seg:2`.",
        "Uses [`purchases`](#purchases).",
        "Used by [`returning`](#returning).",
    ):
        assert said in page


def test_a_condition_is_used_by_the_lifecycle_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "catalog.yml").write_text(
        "entity: {name: user, table: users, key: id, attributes: {orders: int}}\n"
        "events: {visit: {table: visits, at: at}}\n"
    )
    (tmp_path / "rules.seg").write_text(
        "condition bought = orders > 0\n"
        "condition quiet = not exists(visit over last 30d)\n"
        "lifecycle customer { stage buyer { enter when bought exit when quiet next lost } "
        "stage lost { enter when quiet triggers bought next buyer } }\n"
    )
    text = CliRunner().invoke(main, ["docs", str(tmp_path)]).output
    link = "[`lifecycle customer`](#lifecycle-customer)"
    assert text.count(f"Used by {link}.") == 2
    assert "Uses [`bought`](#bought), [`quiet`](#quiet)." in text
    assert f"| `visit` | {link} |" in text
