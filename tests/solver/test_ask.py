"""Claims asked through the solver's process."""

from segue.compiler.solver.claims import disjoint, everybody, exhaustive, implies, nobody
from segue.compiler.solver.verdict import Proved, Refuted, Unknown
from segue.compiler.solver.wire import Fingerprints
from segue.runtime.solver.ask import ask
from segue.runtime.solver.process import Effort, decide_all
from solver.shop import catalog, pair, plan_of


def test_claims_of_every_form() -> None:
    plan = pair("count(purchase over last 7d) >= 3", "count(purchase over last 30d) >= 3")
    a, b = (plan.segments[name].expr for name in "ab")
    graph = plan.graph
    verdicts = ask(
        plan,
        {
            "nobody is in a": nobody(a),
            "everybody is in a": everybody(graph, a),
            "a is inside b": implies(graph, a, b),
            "b is inside a": implies(graph, b, a),
            "never both": disjoint(graph, a, b),
            "one at least": exhaustive(graph, (a, b)),
        },
    )
    proved = [claim for claim, verdict in verdicts.items() if isinstance(verdict, Proved)]
    assert proved == ["a is inside b"]
    assert all(isinstance(v, Refuted) for claim, v in verdicts.items() if claim not in proved)


def test_a_witness_is_as_small_as_it_can_be() -> None:
    plan = plan_of('segment a { when count(purchase) >= 3 and country == "FR" }')
    found = ask(plan, {"a": nobody(plan.segments["a"].expr)})["a"]
    assert isinstance(found, Refuted)
    assert found.witness.attributes == {"country": "FR"}
    [purchases] = found.witness.events
    assert (purchases.table, purchases.times) == ("purchases", 3)


def test_what_the_time_does_not_suffice_for_is_unknown() -> None:
    plan = plan_of("segment a { when exists(purchase) }")
    verdicts = decide_all(plan.catalog, {"a": nobody(plan.segments["a"].expr)}, Effort(seconds=0))
    assert verdicts == {"a": Unknown("no answer within 0 s", late=True)}


def test_fingerprints_depend_on_the_meaning_only() -> None:
    first = pair("count(purchase) >= 3", 'country == "FR"')
    second = pair('country == "FR"', "count(purchase) >= 3")
    a = Fingerprints(catalog()).of(first.segments["a"].expr)
    b = Fingerprints(catalog()).of(second.segments["b"].expr)
    assert a == b
    assert a != Fingerprints(catalog()).of(first.segments["b"].expr)
