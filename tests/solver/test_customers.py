"""Customers who are evaluated once, and the processes that look for them."""

from pathlib import Path

import pytest

from segue.compiler.solver import customers
from segue.compiler.solver.claims import nobody
from segue.compiler.solver.mingled import mingled
from segue.compiler.solver.survey import Survey
from segue.compiler.solver.verdict import Refuted
from segue.compiler.solver.wire import fingerprint_of
from segue.compiler.solver.witness import Happening, Witness
from segue.runtime.solver.process import DEFAULT, Workers, decide_all
from segue.runtime.solver.session import Session, kept_session
from segue.runtime.solver.truths import Truths
from solver.shop import plan_of

RULES = """
segment buyers  { when count(purchase over last 30d) >= 2 }
segment readers { when exists(email_open over last 7d) and country == "FR" }
segment lost    { when not exists(purchase over last 90d) and plan == "free" }
"""
CHANGED = RULES.replace("last 90d", "last 60d")


def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Of how many customers how many conditions are evaluated, each time that some are."""
    found: list[tuple[int, int]] = []
    evaluate = customers.fulfilled

    def fulfilled(*args: object) -> list[list[bool]]:
        _, conditions, people = args
        found.append((len(people), len(conditions)))  # type: ignore[arg-type]  # given through
        return evaluate(*args)  # type: ignore[arg-type]  # given through

    monkeypatch.setattr(customers, "fulfilled", fulfilled)
    return found


def test_only_what_changed_is_evaluated_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = evaluated(monkeypatch)
    for rules in (RULES, RULES, CHANGED):
        with kept_session(tmp_path) as session:
            assert Survey(plan_of(rules), session).universal == ()

    (people, conditions), *changed = found
    assert (people, conditions) == (9, 7)
    # The changed segment and its changed part of everybody; of who is new, everything.
    assert sum(p * c for p, c in changed) < people * conditions


def test_what_is_known_of_customers_is_what_python_says(tmp_path: Path) -> None:
    plan = plan_of(RULES)
    people = {
        "a": Witness(0, {"country": "FR", "plan": "free"}),
        "b": Witness(0, {"plan": "pro"}),
    }
    for _ in range(2):
        with kept_session(tmp_path) as session:
            lost = plan.segments["lost"].expr
            members = session.members(plan, people, [lost])
            assert (members.everyone, members.of[lost]) == (0b11, 0b01)


def test_too_much_is_kept_only_of_what_was_asked_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segue.runtime.solver.truths.MOST", 2)
    for customer in "abc":
        truths = Truths(tmp_path)
        list(truths.unknown([customer], ["rich"]))
        truths.learn([customer], "rich", [True])
        truths.save()

    truths = Truths(tmp_path)
    assert [who for who, _ in truths.unknown(["a", "b", "c"], ["rich"])] == [["a", "b"]]
    assert truths.fulfilling("rich") == truths.everyone(["c"])


def test_a_file_that_nobody_wrote_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / ".segue_cache").mkdir()
    (tmp_path / ".segue_cache" / "customers.json").write_text(
        '{"version": 1, "customers": ["a"], "conditions": {"rich": ["1", "z"]}}', "utf-8"
    )

    assert [who for who, _ in Truths(tmp_path).unknown(["a"], ["rich"])] == [["a"]]


def test_mingling_is_in_the_order_of_fingerprints() -> None:
    people = [Witness(0, {}, (Happening("purchases", {"quantity": n}),)) for n in range(9)]
    known = {fingerprint_of(person): person for person in people}
    fewer = dict(list(known.items())[1:])

    before, after = ({fingerprint_of(c) for c in mingled(some)} for some in (known, fewer))

    assert len(before) == 27
    # The one that is gone, its mixtures, and one of each of the two that it was mingled into.
    assert len(before - after) == 1 + 2 + 2


def test_one_process_answers_several_questions() -> None:
    plan = plan_of(RULES)
    claims = {name: nobody(segment.expr) for name, segment in plan.segments.items()}
    with Workers() as workers:
        decide_all(plan.catalog, claims, DEFAULT, "explore", workers)
        first = workers.each[0].process
        found = decide_all(plan.catalog, claims, DEFAULT, "decide", workers)
        assert workers.each[0].process is first
        assert first is not None
        assert first.poll() is None
    assert all(isinstance(verdict, Refuted) for verdict in found.values())
    assert first.poll() is not None


def test_a_process_that_was_ended_is_followed_by_another() -> None:
    plan = plan_of(RULES)
    claims = {name: nobody(segment.expr) for name, segment in plan.segments.items()}
    with Workers() as workers:
        decide_all(plan.catalog, claims, DEFAULT, "explore", workers)
        process = workers.each[0].process
        assert process is not None
        process.kill()
        process.wait()
        found = decide_all(plan.catalog, claims, DEFAULT, "explore", workers)
    assert [type(verdict) for verdict in found.values()] == [Refuted] * 3


def test_a_solver_that_is_not_kept_has_the_same_answers() -> None:
    survey = Survey(plan_of(RULES), Session())
    assert (survey.impossible, survey.universal, survey.inside) == ({}, (), ())
