"""General rule engines, each given the five segments in its own language.

They get plain numbers (days, floats), which all of them take, and are asked for all five
segments at once where they can give more than one answer. Preparing their values is not timed.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

Evaluate = Callable[[Any], Any]

_CONDITIONS = (
    ("opens >= 10", "rate >= 0.15", "since <= 7.0"),
    ("opens < 3", "since > 30.0", "orders >= 1"),
    ("spend >= 500.0", "orders >= 5", "rate >= 0.05"),
    ('country == "FR"', "opens >= 1", "orders == 0"),
    ("since > 60.0", "spend >= 100.5", "rate < 0.1"),
)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as every engine takes them."""
    days = values["since"].total_seconds() / 86_400
    return {**values, "since": days, "spend": float(values["spend"])}


def zen_engine() -> tuple[Evaluate, Evaluate]:
    """GoRules' expressions, in Rust: all five segments as one compiled expression."""
    import zen

    rules = (" and ".join(parts) for parts in _CONDITIONS)
    compiled = zen.compile_expression(f"[{', '.join(rules)}]")
    return plain, compiled.evaluate


def zen_each() -> tuple[Evaluate, Evaluate]:
    """The same, as rules are kept apart: a compiled expression for each segment."""
    import zen

    rules = [zen.compile_expression(" and ".join(parts)).evaluate for parts in _CONDITIONS]
    return plain, lambda values: [rule(values) for rule in rules]


def zen_decision() -> tuple[Evaluate, Evaluate]:
    """GoRules' engine, in Rust, as rules are kept in it: a decision with one expression each."""
    import zen

    expressions = [
        {"id": f"e{i}", "key": f"segment_{i}", "value": " and ".join(parts)}
        for i, parts in enumerate(_CONDITIONS)
    ]
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        {
            "id": "rules",
            "type": "expressionNode",
            "name": "rules",
            "content": {"expressions": expressions},
        },
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"},
        {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))
    return plain, lambda values: decision.evaluate(values)["result"].values()


def cel_rust() -> tuple[Evaluate, Evaluate]:
    """The Common Expression Language, in Rust."""
    import cel

    rules = (" && ".join(parts) for parts in _CONDITIONS)
    return plain, cel.compile(f"[{', '.join(rules)}]").execute


def cel_rust_each() -> tuple[Evaluate, Evaluate]:
    """The same, as rules are kept apart: a compiled program for each segment."""
    import cel

    rules = [cel.compile(" && ".join(parts)).execute for parts in _CONDITIONS]
    return plain, lambda values: [rule(values) for rule in rules]


def rule_engine() -> tuple[Evaluate, Evaluate]:
    """rule-engine, in Python."""
    import rule_engine

    rules = [rule_engine.Rule(" and ".join(parts)).matches for parts in _CONDITIONS]
    return plain, lambda values: [rule(values) for rule in rules]


def cel_python() -> tuple[Evaluate, Evaluate]:
    """The Common Expression Language, in Python."""
    import celpy

    rules = (" && ".join(parts) for parts in _CONDITIONS)
    environment = celpy.Environment()
    program = environment.program(environment.compile(f"[{', '.join(rules)}]"))
    return lambda values: celpy.json_to_cel(plain(values)), program.evaluate


ENGINES: Mapping[str, Callable[[], tuple[Evaluate, Evaluate]]] = {
    "zen-engine, one expression": zen_engine,
    "zen-engine, one each": zen_each,
    "zen-engine, decision": zen_decision,
    "CEL (Rust), one expression": cel_rust,
    "CEL (Rust), one each": cel_rust_each,
    "rule-engine": rule_engine,
    "cel-python": cel_python,
}
