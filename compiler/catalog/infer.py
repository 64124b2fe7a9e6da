"""A first catalog, guessed from the tables of a database: something to correct, not to trust."""

import re
from collections.abc import Iterable, Iterator, Sequence

import yaml

from segue.compiler.catalog.guess import (
    EntityGuess,
    EventGuess,
    guess_entity,
    guess_event,
    is_consent,
    is_enum,
    is_event_column,
    is_private,
    singular,
)
from segue.compiler.catalog.model import TableName
from segue.compiler.catalog.tables import ColumnInfo, TableInfo
from segue.grammar.words import RESERVED

HEADER = """\
# Written by `segue init` from the tables of a database.
# A remark after `##` marks a guess: check it, then remove the remark.
# Types were judged by a sample of the rows: add a `?` where a value may be missing.
"""
DBT_HEADER = """\
# Written by `segue init` from the manifest of a dbt project.
# A remark after `##` marks a guess: check it, then remove the remark.
# A value may be missing (`?`) where no test of dbt says otherwise.
"""

_EMPTY = """
timezone: UTC  ## the zone of calendar windows, as in Europe/Paris

## No table has a key that others refer to. Name the entity, its table and its key here.
entity:
  name: customer
  table: customers
  key: customer_id
"""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_TEXT = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def infer_catalog(tables: Sequence[TableInfo], header: str = HEADER) -> str:
    """The text of a catalog for these tables. It loads without findings."""
    entity = guess_entity(tables)
    if entity is None:
        return header + _EMPTY
    guesses = [(t, guess_event(entity, t)) for t in tables if t is not entity.table]
    events = [guess for _, guess in guesses if guess is not None]
    left = [str(t.name) for t, guess in guesses if guess is None]
    names = _Names({_name(entity.key.name)})
    lines = ["", "timezone: UTC  ## the zone of calendar windows, as in Europe/Paris", ""]
    lines += _entity(entity, names)
    if events:
        lines += ["", "events:"]
        for event in events:
            lines += _events(event, entity, names, _shared_ids(event, tables))
    if left:
        lines += ["", "## Not used, for want of the entity's key or of a time:"]
        lines += [f"##   {_comment(name)}" for name in left]
    return header + "\n".join(lines) + "\n"


class _Names:
    """Gives out names that rules can use, each once."""

    def __init__(self, taken: Iterable[str] = ()):
        self.taken = set(taken)

    def claim(self, wanted: str) -> str:
        name, number = _name(wanted), 2
        while name in self.taken:
            name, number = f"{_name(wanted)}_{number}", number + 1
        self.taken.add(name)
        return name


def _name(text: str) -> str:
    """A text as a name that rules can use."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_") or "unnamed"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if name in RESERVED else name


def _entity(guess: EntityGuess, names: _Names) -> list[str]:
    table, key = guess.table, guess.key
    doubt = "" if guess.certain else "  ## is this what segments are made of?"
    lines = [
        "entity:",
        f"  name: {_scalar(_name(singular(table.called).lower()))}{doubt}",
        f"  table: {_table(table.name)}",
        f"  key: {{column: {_scalar(key.name)}, type: {key.type}}}",
    ]
    if table.description:
        lines.append(f"  description: {_line(table.description)}")
    columns = [c for c in table.columns if c is not key]
    fields = [_field(c, table, names, of_entity=True) for c in columns]
    return [*lines, "  attributes:", *_indent(fields, 4)] if fields else lines


def _events(guess: EventGuess, entity: EntityGuess, names: _Names, shared: set[str]) -> list[str]:
    """One event for the table, or one for each value of the column that tells them apart."""
    stem = singular(guess.table.called).lower()
    if guess.kind is None:
        return ["", *_event(names.claim(stem), guess, entity, None, shared)]
    # `email_interactions` whose kind is `reply` hold email replies.
    stem = re.sub(r"_(event|interaction|log|action|activity)$", "", stem)
    column = _comment(guess.kind.name)
    lines = ["", f"  ## one event for each value of `{column}`: are these all?"]
    for value in guess.kind.values:
        wanted = value if is_event_column(guess.kind) else f"{stem}_{value}"
        lines += _event(names.claim(wanted.lower()), guess, entity, value, shared)
    return lines


def _event(
    name: str, guess: EventGuess, entity: EntityGuess, value: str | None, shared: set[str]
) -> list[str]:
    table = guess.table
    lines = [f"  {_scalar(name)}:", f"    table: {_table(table.name)}"]
    if table.description:
        lines.append(f"    description: {_line(table.description)}")
    if guess.key.name != entity.key.name:
        lines.append(f"    key: {_scalar(guess.key.name)}")
    if guess.id is not None:
        lines.append(f"    id: {{column: {_scalar(guess.id.name)}, type: {guess.id.type}}}")
    others = ", ".join(_comment(other) for other in guess.other_times)
    doubt = f"  ## or {others}?" if others else ""
    lines.append(f"    at: {_time(guess.at)}{doubt}")
    if value is not None and guess.kind is not None:
        lines.append(f"    where: {{{_scalar(guess.kind.name)}: {_scalar(value)}}}")
    lines += _partitions(guess)
    known = {guess.key.name, guess.at.name}
    known |= {guess.kind.name} if guess.kind is not None else set()
    known |= {guess.id.name} - shared if guess.id is not None else set()
    names = _Names({"at", "id"})
    columns = [c for c in table.columns if c.name not in known]
    fields = [_field(c, table, names, of_entity=False) for c in columns]
    if any(not line.startswith("#") for line in fields):
        lines.append("    properties:")
    return [*lines, *_indent(fields, 6)]


def _partitions(guess: EventGuess) -> Iterator[str]:
    """Remarks on columns of partitions: what they have to do with the time, no engine knows."""
    for name in guess.table.partitions:
        column = guess.table.column(name)
        if column is None or name == guess.at.name:
            # By the time itself an engine skips what it can already.
            continue
        holds = {"date": "", "timestamp": ", type: timestamp"}.get(column.type)
        holds = f", type: {column.type}" if holds is None and column.type else holds
        if column.type in ("date", "timestamp", "timestamp(instant)", "string", "int"):
            said = f"partition: {{column: {_scalar(name)}{holds}}}"
            doubt = f"is it the day of {_comment(guess.at.name)}, in UTC? Or `by: hour`, or `month`"
            yield f"    ## {said}  {doubt}"


def _shared_ids(guess: EventGuess, tables: Sequence[TableInfo]) -> set[str]:
    """The id of an event when other tables have it too, so that rules can relate the two."""
    if guess.id is None or guess.id.name.lower() == "id":
        return set()
    name = guess.id.name
    return {name} if any(t.column(name) for t in tables if t is not guess.table) else set()


def _field(column: ColumnInfo, table: TableInfo, names: _Names, *, of_entity: bool) -> str:
    """The line that declares a column, or a remark for one that no rule can read."""
    if not column.type:
        return f"## no type for {_comment(column.name)}"
    name = names.claim(column.name)
    settings: list[str] = []
    doubts: list[str] = []
    private = is_private(column, of_entity)
    optional = "?" if column.nullable else ""
    type = f"{column.type}{optional}"
    if not private and is_enum(column, table):
        values = ", ".join(_scalar(value) for value in column.values)
        settings = [f"type: enum{optional}", f"values: [{values}]"]
        if not column.declared:
            doubts.append("are these all the values?")
    else:
        settings = [f"type: {type}"]
    if name != column.name:
        settings.append(f"column: {_scalar(column.name)}")
    if private:
        settings.append("pii: true")
        if not column.private:
            doubts.append("private?")
    if of_entity and is_consent(column):
        settings.append("consent: true")
        doubts.append("does this allow contact?")
    if column.description:
        settings.append(f"description: {_line(column.description)}")
    remark = f"  ## {' '.join(doubts)}" if doubts else ""
    body = type if settings == [f"type: {type}"] else "{" + ", ".join(settings) + "}"
    return f"{_scalar(name)}: {body}{remark}"


def _indent(lines: Iterable[str], width: int) -> list[str]:
    return [" " * width + line for line in lines]


def _table(name: TableName) -> str:
    if all(_PLAIN.fullmatch(part) for part in name.parts):
        return _scalar(str(name)) if len(name.parts) == 1 else str(name)
    return "[" + ", ".join(_scalar(part) for part in name.parts) + "]"


def _time(column: ColumnInfo) -> str:
    kind = {"timestamp(instant)": "instant", "date": "date"}.get(column.type)
    name = _scalar(column.name)
    return name if kind is None else f"{{column: {name}, kind: {kind}}}"


def _scalar(text: str) -> str:
    """A text as a YAML scalar, quoted where it could be read as something else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10**9)
    return quoted.strip()


def _line(text: str) -> str:
    """A description, which may be of several lines, as a scalar on one."""
    return _scalar(" ".join(text.split()))


def _comment(text: str) -> str:
    """A name inside a remark, which must stay on its line."""
    return re.sub(r"[^ -~]", "?", text)
