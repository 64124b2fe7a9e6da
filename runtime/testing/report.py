"""Results of tests: for people, for programs, and for the CI systems that read JUnit."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from segue.runtime.testing.judge import Result

ISSUE = "a bug of Segue: its two backends disagree; please report it with this test"


def text_lines(results: Sequence[Result], seconds: float) -> Iterator[str]:
    """Failures with their reasons, and a summary."""
    for result in results:
        if not result.passed:
            yield from _failed(result)
            yield ""
    yield summary(results, seconds)
    unconfirmed = Counter(r.case.span.path for r in results if r.case.unconfirmed)
    for path, number in unconfirmed.items():
        yield f"{path}: {number} unconfirmed: computed from the rules, for a person to agree with"


def _failed(result: Result) -> Iterator[str]:
    span = result.case.span
    yield f"FAILED {span.path}:{span.line} {result.case.name}"
    for failure in result.failures:
        yield f"  {failure.subject}: {failure.message}"
        yield from (f"  {line}" for line in failure.why)
    for line in result.disagreements:
        yield f"  {ISSUE}"
        yield f"    {line}"


def summary(results: Sequence[Result], seconds: float) -> str:
    """`18 passed, 1 failed, 2 unconfirmed`; those are also among the passed or failed."""
    failed = sum(not result.passed for result in results)
    parts = [f"{len(results) - failed} passed"] + ([f"{failed} failed"] if failed else [])
    unconfirmed = sum(result.case.unconfirmed for result in results)
    if unconfirmed:
        parts.append(f"{unconfirmed} unconfirmed")
    return f"{', '.join(parts)} in {seconds:.2f} s"


def as_json(results: Sequence[Result]) -> str:
    """All results for a machine."""
    failed = sum(not result.passed for result in results)
    data: dict[str, Any] = {
        "tests": [_json(result) for result in results],
        "passed": len(results) - failed,
        "failed": failed,
        "unconfirmed": sum(result.case.unconfirmed for result in results),
    }
    return json.dumps(data, indent=2, ensure_ascii=False)


def _json(result: Result) -> dict[str, Any]:
    span = result.case.span
    return {
        "name": result.case.name,
        "path": span.path,
        "line": span.line,
        "passed": result.passed,
        "unconfirmed": result.case.unconfirmed,
        "failures": [
            {
                "subject": failure.subject,
                "message": failure.message,
                "line": failure.span.line,
                "column": failure.span.column,
                "why": [line.strip() for line in failure.why],
            }
            for failure in result.failures
        ],
        "disagreements": list(result.disagreements),
    }


def as_junit(results: Sequence[Result], seconds: float) -> str:
    """The results as JUnit XML."""
    failed = sum(not result.passed for result in results)
    suite = ElementTree.Element(
        "testsuite",
        name="segue",
        tests=str(len(results)),
        failures=str(failed),
        time=f"{seconds:.3f}",
    )
    for result in results:
        span = result.case.span
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=span.path,
            name=result.case.name,
            file=span.path,
            line=str(span.line),
        )
        if not result.passed:
            first = next(iter(result.failures), None)
            message = f"{first.subject}: {first.message}" if first else ISSUE
            failure = ElementTree.SubElement(case, "failure", message=message)
            failure.text = "\n".join(_failed(result))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
