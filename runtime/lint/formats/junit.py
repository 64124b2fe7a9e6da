"""A JUnit report: one test case a finding, or one that passed where there is none."""

import re
from xml.etree import ElementTree

from segue.grammar.diagnostics import Severity, render
from segue.runtime.lint.report import Report

# XML 1.0 has no place for most control characters, whatever the rules hold.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report) -> str:
    """The report as one test suite; hints are cases that passed, and say what they found."""
    failing = [f for f in report.findings if f.diagnostic.severity is not Severity.HINT]
    suites = ElementTree.Element("testsuites", name="segue check")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name="segue check",
        tests=str(max(1, len(report.findings))),
        failures=str(len(failing)),
        errors="0",
    )
    for finding in report.findings:
        diagnostic = finding.diagnostic
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=_clean(f"{diagnostic.code}: {diagnostic.message}"),
            classname=diagnostic.span.path,
            file=diagnostic.span.path,
            line=str(diagnostic.span.line),
        )
        text = _clean(render(diagnostic, report.texts))
        if diagnostic.severity is Severity.HINT:
            ElementTree.SubElement(case, "system-out").text = text
        else:
            ElementTree.SubElement(
                case, "failure", type=str(diagnostic.severity), message=_clean(diagnostic.message)
            ).text = text
    if not report.findings:
        ElementTree.SubElement(suite, "testcase", name="no findings", classname="segue check")
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
