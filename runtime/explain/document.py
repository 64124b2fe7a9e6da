"""An explanation for a machine."""

from typing import Any

from segue.runtime.as_of import show_instant
from segue.runtime.explain.change import Change
from segue.runtime.explain.explanation import Explanation
from segue.runtime.explain.text import Page, change_text
from segue.runtime.explain.tree import Condition, Form, Operand
from segue.runtime.window_text import window_text


def explanation_json(explained: Explanation, *, show_pii: bool = False) -> dict[str, Any]:
    """The explanation as JSON data; values are texts in the language's own literals."""
    page = Page(explained.zone, show_pii)
    return {
        "segment": explained.segment,
        "title": explained.title,
        "entity": explained.entity,
        "key": explained.key,
        "as_of": show_instant(explained.as_of),
        "timezone": explained.zone.key,
        "member": explained.member,
        "score": None if explained.condition.hidden and not show_pii else explained.score,
        "condition": condition_json(explained.condition, page),
        "changes": {
            "single": [_change(change, page) for change in explained.ways.single],
            "together": [_change(change, page) for change in explained.ways.together],
        },
        "windows": [
            {
                "events": list(seen.events),
                "score": seen.score or None,
                "window": window_text(seen.window, explained.zone.key),
                "after": None if seen.bounds.after is None else show_instant(seen.bounds.after),
                "until": show_instant(seen.bounds.until),
            }
            for seen in explained.windows
        ],
    }


def condition_json(node: Condition, page: Page) -> dict[str, Any]:
    """A part of the condition."""
    data: dict[str, Any] = {
        "kind": str(node.form),
        "text": node.text,
        "name": node.name or None,
        "holds": node.holds,
        "decides": node.decides,
    }
    if node.form is Form.TEST:
        return data | {
            "test": node.test,
            "operands": [_operand(operand, page) for operand in node.operands],
        }
    return data | {"parts": [condition_json(part, page) for part in node.parts]}


def _operand(operand: Operand, page: Page) -> dict[str, Any]:
    data: dict[str, Any] = {
        "text": operand.text,
        "name": operand.name or None,
        "type": str(operand.type),
        "value": None if operand.value is None else page.value(operand),
    }
    if operand.reasons is not None:
        data["usual"] = operand.reasons.usual
        data["contributions"] = [
            {**_operand(part.feature, page), "adds": part.adds} for part in operand.reasons.parts
        ]
    if operand.folds:
        data["from"] = [_operand(fold, page) for fold in operand.folds]
    return data


def _change(change: Change, page: Page) -> dict[str, Any]:
    hidden = change.condition.hidden and not page.show_pii
    return {
        "condition": change.condition.label,
        "text": change_text(change, page),
        "distance": None if hidden else round(change.distance, 6),
    }
