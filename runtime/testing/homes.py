"""Where new tests go: the files that are there, or shall be, and how they are changed."""

import os
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from segue.compiler.catalog.model import Catalog
from segue.runtime.as_of import show_instant
from segue.runtime.ruleset import Ruleset
from segue.runtime.testing.append import appended, free_name, indentation, new_file
from segue.runtime.testing.model import Case
from segue.runtime.testing.read import read_tests
from segue.runtime.testing.written import Draft, write_case


@dataclass(slots=True)
class TestFile:
    """A file of tests that tests are added to; `text` is None where there is none yet."""

    path: Path
    text: str | None
    as_of: int | None
    indent: str = "  "
    names: set[str] = field(default_factory=set)
    cases: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """Where it is, as seen from the working folder."""
        return os.path.relpath(self.path).replace(os.sep, "/")

    def add(self, draft: Draft, catalog: Catalog) -> None:
        """Takes a test in, under a name that no other test of the file has."""
        named = replace(draft, name=_unused(draft.name, self.names))
        self.names.add(named.name)
        if self.as_of is None:
            self.as_of = draft.as_of
        self.cases.append(write_case(named, catalog, self.as_of))

    def write(self) -> None:
        """With the line ends and the byte order mark of the file that was there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        before = self.path.read_bytes() if self.text is not None else b""
        encoding = "utf-8-sig" if before.startswith(BOM_UTF8) else "utf-8"
        newline = "\r\n" if b"\r\n" in before else "\n"
        self.path.write_text(self._content(), encoding=encoding, newline=newline)

    def _content(self) -> str:
        if self.text is not None:
            return appended(self.text, self.cases, self.indent)
        assert self.as_of is not None
        return new_file(self.cases, show_instant(self.as_of))


def _unused(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found = f"{name} ({number})"
        number += 1
    return found


class Homes:
    """Where the tests of each rule are, or shall be: `texts` are the files of tests, by path."""

    def __init__(self, ruleset: Ruleset, cases: Sequence[Case], texts: Mapping[str, str]) -> None:
        self._ruleset = ruleset
        self._cases = cases
        self._texts = texts
        self._files: dict[str, TestFile] = {}

    def of(self, is_about: Callable[[Case], bool], stem: str) -> TestFile:
        """The file with most tests of a rule; else that of the rule file's own tests."""
        found = Counter(case.span.path for case in self._cases if is_about(case))
        names = [path for path, _ in found.most_common()]
        names += [path for path in self._texts if Path(path).name.split(".")[0] == stem]
        for name in names:
            file = self._existing(name)
            if file is not None:
                return file
        return self._new(stem)

    def changed(self) -> Iterator[TestFile]:
        """The files that tests were added to."""
        return (file for file in self._files.values() if file.cases)

    def _existing(self, name: str) -> TestFile | None:
        if name not in self._files:
            text = self._texts[name]
            indent = indentation(text)
            if indent is None:
                return None
            as_of = [case.as_of for case in self._cases if case.span.path == name]
            taken = {case.name for case in self._cases if case.span.path == name}
            common = Counter(as_of).most_common(1)[0][0] if as_of else None
            self._files[name] = TestFile(Path(name), text, common, indent, taken)
        return self._files[name]

    def _new(self, stem: str) -> TestFile:
        if stem not in self._files:
            project = self._ruleset.project
            folder = project.root / project.config.tests[0]
            self._files[stem] = TestFile(free_name(folder, stem), None, None)
        return self._files[stem]


def expects_of(case: Case, name: str) -> bool:
    """Whether a test expects something of a segment, metric or condition."""
    expected = case.expected
    return name in {
        *expected.members,
        *expected.others,
        *(expected.exactly or ()),
        *expected.values,
    }


def read_back(draft: Draft, ruleset: Ruleset) -> Case | None:
    """A test as it will be read from its file; None where the text cannot say it."""
    as_of = show_instant(draft.as_of)
    text = new_file([write_case(draft, ruleset.plan.catalog, draft.as_of)], as_of)
    cases, found = read_tests(text, "", ruleset.plan)
    return cases[0] if cases and not found else None
