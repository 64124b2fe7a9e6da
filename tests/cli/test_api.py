"""`import segue`: rules called from Python."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow
import pytest

import segue

AS_OF = datetime(2025, 11, 1, tzinfo=UTC)


def test_segments_with_what_is_said_of_them(project: Path) -> None:
    rules = segue.load(project)
    assert list(rules.segments) == ["newcomers", "engaged", "email.buyers"]
    engaged = rules.segments["engaged"]
    assert (engaged.title, engaged.priority, engaged.cadence) == ("Opens a lot", "high", "weekly")
    assert engaged.actions == ("premium_content", "early_access")
    assert engaged.owner == "Lifecycle | team"


def test_from_metric_values(project: Path) -> None:
    rules = segue.load(project)
    values = {"opens_30d": 12, "country": "FR", "email.spent_this_month": 0}
    found = rules.evaluate(values)
    assert found.segments == ("newcomers", "engaged")  # the most urgent first
    assert "engaged" in found
    assert "email.buyers" not in found
    assert list(found) == ["newcomers", "engaged"]
    assert found.scores["engaged"] == 1.0
    assert 0 < found.scores["email.buyers"] < 1


def test_a_near_miss_has_a_score(project: Path) -> None:
    found = segue.load(project).evaluate({"opens_30d": 5})
    assert found.segments == ()
    assert found.scores["engaged"] == 0.5


def test_the_raw_predicate(project: Path) -> None:
    predicate = segue.load(project).predicate()
    truths = predicate.evaluate({"opens_30d": 12, "country": "DE", "email.spent_this_month": 200})
    assert dict(zip(predicate.segments, truths, strict=True)) == {
        "newcomers": False,
        "engaged": True,
        "email.buyers": True,
    }


def test_from_attributes_and_events(project: Path) -> None:
    rules = segue.load(project)
    opened = [{"at": datetime(2025, 10, day, tzinfo=UTC)} for day in range(10, 21)]
    found = rules.evaluate_profile({"country": "BE"}, {"email_open": opened}, as_of=AS_OF)
    assert found.segments == ("newcomers", "engaged")
    assert found.scores["newcomers"] == 1.0
    later = datetime(2025, 12, 24, tzinfo=UTC)
    assert not rules.evaluate_profile({"country": "BE"}, {"email_open": opened}, as_of=later)


def test_sql(project: Path) -> None:
    text = segue.load(project).sql(segments=["engaged"], as_of=AS_OF)
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customers (customer_id BIGINT, plan TEXT, country TEXT)")
    connection.execute("CREATE TABLE email_opens (customer_id BIGINT, opened_at TIMESTAMP)")
    assert connection.execute(text).fetchall() == []
    with pytest.raises(segue.Refusal, match="there is no dialect `oracle`"):
        segue.load(project).sql(dialect="oracle")


def test_wrong_rules_are_raised_as_a_person_reads_them(project: Path) -> None:
    (project / "rules.seg").write_text("segment x { when nothing }", "utf-8")
    with pytest.raises(segue.SegueError) as raised:
        segue.load(project)
    assert "error[SEG010]: unknown name `nothing`" in str(raised.value)
    assert "1 | segment x { when nothing }" in str(raised.value)


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(segue.Refusal):
        segue.load(tmp_path)


def test_everything_promised_is_there() -> None:
    for name in segue.__all__:
        if name != "__version__":
            assert getattr(segue, name) is not None
    assert set(segue.__all__) <= set(dir(segue))
    with pytest.raises(AttributeError):
        _ = segue.nothing  # type: ignore[attr-defined]


def test_a_table_of_metric_values(project: Path) -> None:
    rules = segue.load(project)
    profiles = [{"customer_id": 1}, {"customer_id": 2}]

    found = rules.evaluate_table(pyarrow.Table.from_pylist(profiles)).table

    assert found.column_names == ["customer_id", *rules.segments]
    for profile, row in zip(profiles, found.to_pylist(), strict=True):
        members = rules.evaluate(profile).segments
        assert [name for name in rules.segments if row[name]] == list(members)


def test_a_segment_of_a_table_that_is_not_there(project: Path) -> None:
    with pytest.raises(segue.Refusal, match="there is no segment `nobody`"):
        segue.load(project).evaluate_table(pyarrow.table({}), segments=["nobody"])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({}, "a row of `email_open`: it has no `at`"),
        ({"at": "2025-11-01"}, "a row of `email_open`: a datetime is expected, not '2025-11-01'"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(
    project: Path, row: dict[str, str], message: str
) -> None:
    rules = segue.load(project)
    with pytest.raises(TypeError, match=message):
        rules.evaluate_profile({}, {"email_open": [row]})
