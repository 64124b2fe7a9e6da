"""What an engine refuses, told with the line of the catalog that named it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

from segue.compiler.catalog.model import Catalog, Field, TableEvent
from segue.grammar.codes import Code
from segue.grammar.diagnostics import Diagnostic
from segue.grammar.span import Span
from segue.grammar.suggestions import did_you_mean
from segue.runtime.project import Project
from segue.runtime.refusal import ProjectError, Refusal
from segue.runtime.warehouse.codes import MISSING_COLUMN, MISSING_TABLE, NO_RIGHT


class Cause(StrEnum):
    """Why a statement failed."""

    TABLE = "no such table"
    COLUMN = "no such column"
    RIGHT = "no right"
    CONFLICT = "undone because of another transaction"
    CANCELLED = "cancelled"
    OTHER = "other"


class StatementFailed(Exception):
    """A statement that the engine refused; `name` is the table or column it is about, `offered`
    are names that the engine has instead, and `hint` is what may be done where the cause is
    another."""

    def __init__(
        self,
        cause: Cause,
        message: str,
        name: str = "",
        hint: str = "",
        offered: Sequence[str] = (),
    ) -> None:
        self.cause = cause
        self.message = message
        self.name = name
        self.hint = hint
        self.offered = offered
        super().__init__(message)


class Mistyped(Exception):
    """Columns of another type than the catalog says, as findings in the catalog."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = diagnostics
        super().__init__(diagnostics[0].message)


PATTERNS = (
    (Cause.TABLE, r"Table with name \"?(?P<name>[^\s\"!]+)\"? does not exist"),
    (Cause.TABLE, r"relation \"(?P<name>.+?)\" does not exist"),
    (Cause.TABLE, r"no such table: (?P<name>\S+)"),
    (Cause.TABLE, r"Unknown table expression identifier '(?P<name>[^']+)'"),
    (Cause.TABLE, r"Table (?P<name>\S+) does not exist\. \(UNKNOWN_TABLE\)"),
    (Cause.TABLE, r"TABLE_OR_VIEW_NOT_FOUND\] The table or view (?P<name>\S+) cannot"),
    (Cause.TABLE, r"Table '(?P<name>[^']+)' doesn't exist"),
    (Cause.TABLE, r"Not found: Table (?P<name>\S+) was not found"),
    (Cause.TABLE, r"Table \"(?P<name>.+?)\" must be qualified with a dataset"),
    (Cause.TABLE, r"(?:Object|Table) '(?P<name>[^']+)' does not exist or not authorized"),
    (Cause.TABLE, r"Table '(?P<name>[^']+)' does not exist \(TABLE_NOT_FOUND\)"),
    (Cause.COLUMN, r"Column '(?P<name>[^']+)' cannot be resolved"),
    (Cause.COLUMN, r"Referenced column \"(?P<name>.+?)\" not found"),
    (Cause.COLUMN, r"does not have a column named \"(?P<name>.+?)\""),
    (Cause.COLUMN, r"column \"?(?P<name>[^\s\"]+)\"? does not exist"),
    (Cause.COLUMN, r"no such column: \"?(?P<name>[^\s\"]+)\"?"),
    (Cause.COLUMN, r"Unknown (?:expression )?identifier `(?P<name>[^`]+)`"),
    (Cause.COLUMN, r"Identifier '(?P<name>[^']+)' cannot be resolved from table"),
    (
        Cause.COLUMN,
        r"UNRESOLVED_COLUMN\S* A column, variable, or function parameter with name "
        r"(?P<name>\S+) cannot",
    ),
    (Cause.COLUMN, r"Unknown column '(?P<name>[^']+)' in"),
    (Cause.COLUMN, r"invalid identifier '(?P<name>[^']+)'"),
    (Cause.COLUMN, r"Unrecognized name: `?(?P<name>[^\s;`]+)"),
    (Cause.COLUMN, r"Name (?P<name>\S+) not found inside"),
    (Cause.RIGHT, r"Access Denied: Table (?P<name>\S+): User does not have permission to query"),
    (Cause.RIGHT, r"Not enough privileges\..* the grant SELECT(?:\(.*?\))? ON (?P<name>\S+?)\.? "),
    (Cause.RIGHT, r"Insufficient privileges to operate on (?:table|view) '(?P<name>[^']+)'"),
    (Cause.RIGHT, r"SELECT command denied to user .* for (?:column .* in )?table (?P<name>\S+)"),
    (
        Cause.RIGHT,
        r"Access Denied: Cannot select from (?:columns \[.*?\] in )?table(?: or view)? "
        r"(?P<name>\S+)",
    ),
    (
        Cause.RIGHT,
        r"does not have (?:permission )?SELECT on (?i:table|view) "
        r"'?(?P<name>[^\s']+?)'?\.?(?:\s|$)",
    ),
    (Cause.RIGHT, r"permission denied for (?:table|view|relation|schema|database) (?P<name>\S+)"),
)

OFFERS = (
    r"Did you mean(?: one of the following\?)? (.*)",
    r"Candidate bindings: (.*)",
    r"Perhaps you meant to reference the column (.*)",
    r"Maybe you meant: (.*)",
)
"""What engines say of the names that they have."""

HINTS = (
    (
        r"Too many WITH elements",
        "MariaDB takes 64 steps in a query: fewer rules at once have fewer, as with --segment",
    ),
    (
        r"Data too long for column 'key'",
        "MySQL keeps keys of up to 512 characters: a longer text is hardly a key",
    ),
    (
        r"[A-Z]+ command denied to user|Access denied for user .* to database",
        "runs are kept in a database of their own, and work with temporary tables: `GRANT ALL ON "
        "segue.* TO …` and `GRANT CREATE TEMPORARY TABLES ON … TO …`",
    ),
    (
        r"necessary to have the grant (CREATE|INSERT|DROP)",
        "runs are kept in a database of their own: `GRANT CREATE, DROP, INSERT, SELECT, ALTER ON "
        "segue.* TO …`; --dry-run writes nothing",
    ),
    (
        r"Access Denied: Cannot (create|drop|insert|delete)",
        "runs are kept in a schema of their own, with their working tables: let the user make and "
        "drop tables and views there",
    ),
    (
        r"does not have (permission )?(CREATE|USE|MODIFY|MANAGE)",
        "runs are kept in a schema of their own: `GRANT USE SCHEMA, CREATE TABLE ON SCHEMA … TO "
        "…`, or let the user make one, `GRANT CREATE SCHEMA ON CATALOG … TO …`",
    ),
    (
        r"permission denied for (database|schema)",
        "runs are kept in a schema of their own: `GRANT CREATE ON DATABASE … TO …` lets the user "
        "make it, `CREATE SCHEMA segue AUTHORIZATION …` makes it for them; --dry-run writes "
        "nothing",
    ),
    (
        r"Access Denied: (Dataset|Project) .*bigquery\.(datasets|tables)\.",
        "runs are kept in a dataset of their own, `segue` or the target's `schema`: make it, and "
        "grant BigQuery Data Editor on it; --dry-run writes nothing",
    ),
    (
        r"Access Denied: Project .*bigquery\.jobs\.create",
        "who runs queries is a BigQuery Job User of the project",
    ),
    (
        r"exceeded limit for bytes billed",
        "the limit is `maximum_bytes_billed` of the target; --estimate says what a run reads",
    ),
    (
        r"must be qualified with a dataset",
        "`dataset` of the target is where tables are that the catalog names alone",
    ),
    (
        r"value out of range: (over|under)flow|DOUBLE value is out of range",
        "a computation of floats leaves the range of doubles, which other engines take as missing: "
        "keep the extremes out, as in `where x <= 1_000_000`, or with `clamp`",
    ),
    (
        r"out of range|(?i:overflow)",
        "a whole number or an amount does not fit 64 bits: keep the extremes out, as in "
        "`where x <= 1_000_000`, or with `clamp`",
    ),
    (
        r"cannot convert infinity",
        "a time is `infinity`, which is no instant: let the catalog name a view in which it is "
        "missing, as by `NULLIF(valid_until, 'infinity')`",
    ),
    (
        r"Cannot (compare|mix) values|operator does not exist|[Cc]ould not convert|"
        r"invalid input syntax|[Nn]o function matches|function .* does not exist",
        "a column holds another type than the catalog says; `segue init NEW --from …` shows what "
        "the tables hold",
    ),
)


STATES = {"40001": Cause.CONFLICT, "40P01": Cause.CONFLICT, "57014": Cause.CANCELLED}
"""By the standard's code of an error: serialization, deadlock, and what somebody cancelled."""


_VALUES = tuple(
    re.compile(pattern)
    for pattern in (
        r"[Cc]ould not convert (?:string )?(['\"])(?P<value>.*)\1 to ",
        r"invalid input syntax for [\w ]+: \"(?P<value>.*)\"",
        r"field value out of range: \"(?P<value>.*)\"",
        r"value \"(?P<value>.*)\" is out of range",
        r"[Ii]ncorrect [\w ]+ value: '(?P<value>.*)'",
        r"Duplicate entry '(?P<value>.*)' for key ",
        r"Cannot parse (?:string )?'(?P<value>.*)' as ",
        r"The value '(?P<value>.*)' of the type ",
        r"Bad \w+ value: (?P<value>.*)",
        r" '(?P<value>.*)' is not recognized",
        r"Cannot cast '(?P<value>.*)' to ",
        r"Overflow in \w+ of \w+(?:\(\d+\))? \((?P<value>.*)\)",
        r"Failed to cast \w+ value (?P<value>.*) to ",
        r"Type \w+ with value (?P<value>.*) can't be cast",
    )
)
"""Where engines show the value that they stopped at, which may be somebody's data."""


def without_values(message: str) -> str:
    """The message of an engine, with `…` for the value that it stopped at."""
    for pattern in _VALUES:
        found = pattern.search(message)
        if found is not None:
            return f"{message[: found.start('value')]}…{message[found.end('value') :]}"
    return message


def failure(error: Exception, state: str | None = None) -> StatementFailed:
    """What an engine's error is about, by its code where it has one, or its message.

    No value that is somebody's is in it.
    """
    text = str(error).strip()
    first, *more = text.splitlines() or [type(error).__name__]
    if first.endswith(":") and more:
        first = f"{first} {more[0]}"
    first = without_values(first)
    hint = next((hint for pattern, hint in HINTS if re.search(pattern, text)), "")
    if state in STATES:
        return StatementFailed(STATES[state], first, hint=hint)
    for cause, pattern in PATTERNS:
        if found := re.search(pattern, text):
            name = found["name"].split(".")[-1].strip("\"`'")
            return StatementFailed(cause, first, name, hint, _offered(text))
    return StatementFailed(Cause.OTHER, first, hint=hint)


def _offered(text: str) -> list[str]:
    """The names that an engine offers for one that it lacks, without what they are qualified by."""
    said = " ".join(line for offer in OFFERS for line in re.findall(offer, text))
    return [name.split(".")[-1] for name in re.findall(r"[\w.]+", said.replace("`", ""))]


@contextmanager
def told_with_catalog(project: Project, engine: str) -> Iterator[None]:
    """Turns the failures of statements over a project's tables into messages for its author."""
    try:
        yield
    except Mistyped as mistyped:
        raise ProjectError(project.root, mistyped.diagnostics, project.texts) from None
    except StatementFailed as failed:
        spans = _places(failed, project.catalog)
        if not spans:
            message = f"{engine} refused a statement: {failed.message}"
            raise Refusal(message, failed.hint) from failed
        found = [_diagnostic(failed, span, engine) for span in spans]
        raise ProjectError(project.root, found, project.texts) from failed


def _places(failed: StatementFailed, catalog: Catalog) -> list[Span]:
    name = failed.name.lower()
    events = [e for e in catalog.events.values() if isinstance(e, TableEvent)]
    if failed.cause in (Cause.TABLE, Cause.RIGHT):
        owners = [
            (catalog.entity.table.name, catalog.entity.place("table")),
            *((event.table.name, event.place("table")) for event in events),
        ]
        return [span for table, span in owners if table.lower() == name]
    if failed.cause is not Cause.COLUMN:
        return []
    fields: list[Field] = [*catalog.entity.attributes.values()]
    columns = [(catalog.entity.key.name, catalog.entity.place("key"))]
    for event in events:
        fields += event.properties.values()
        columns += _named(event)
    columns = [*((field.column, field.span) for field in fields), *columns]
    return list(dict.fromkeys(span for column, span in columns if column.lower() == name))


def _named(event: TableEvent) -> Iterator[tuple[str, Span]]:
    """The columns of an event that are no properties, with the place of each."""
    yield event.key, event.place("key")
    yield event.at.name, event.place("at")
    for column in event.where:
        yield column, event.place(f"where.{column}")
    if event.id is not None:
        yield event.id.name, event.place("id")
    if event.arrived is not None:
        yield event.arrived.name, event.place("arrived")
    if event.partition is not None:
        yield event.partition.column, event.place("partition")


def _diagnostic(failed: StatementFailed, span: Span, engine: str) -> Diagnostic:
    kinds: dict[Cause, tuple[Code, str, str]] = {
        Cause.TABLE: (
            MISSING_TABLE,
            f"{engine} has no table `{failed.name}`",
            "check `table`, with its schema if it has one, and the target of the command",
        ),
        Cause.COLUMN: (
            MISSING_COLUMN,
            f"{engine} finds no column `{failed.name}`",
            "check `column`, and the types of the table in the warehouse",
        ),
        Cause.RIGHT: (
            NO_RIGHT,
            f"the user of this target may not read `{failed.name}`",
            f"grant it, as in `GRANT SELECT ON {failed.name} TO …`",
        ),
    }
    code, message, help = kinds[failed.cause]
    near = did_you_mean(failed.name, failed.offered)
    return Diagnostic(code.id, message, span, label="named here", help=near or help)
