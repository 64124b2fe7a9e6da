"""The kinds of finding about a catalog, each with its explanation and an example."""

from segue.grammar.codes import Code

UNREADABLE = Code(
    "SEG040",
    "the catalog is not YAML",
    "The text cannot be read as one YAML document. Often a bracket or a quote is left open, a tab "
    "is used for indentation, or a text with `: ` in it needs quotes.",
    "entity: {name: customer",
)
REPEATED_KEY = Code(
    "SEG041",
    "a key is written twice",
    "YAML readers keep the last of two equal keys and say nothing, so half of what was written "
    "would be lost. Remove one or merge them.",
    "entity:\n  name: customer\n  name: client",
)
UNKNOWN_KEY = Code(
    "SEG042",
    "an unknown key",
    "The catalog does not know this key. A setting that is misspelt would otherwise be ignored.",
    "timezon: Europe/Paris",
)
MISSING_KEY = Code(
    "SEG043",
    "a key is missing",
    "A catalog needs an entity with a name, a table and a key; an event needs a table and the "
    "column of its time, or else the events it is any of.",
    "events:\n  email_open:\n    table: email_opens",
)
WRONG_SHAPE = Code(
    "SEG044",
    "a value of the wrong shape",
    "The key is known, but this is not what stands there: a list where a name is expected, a "
    "number where a text is, or the other way round.",
    "entity:\n  name: [customer]",
)
BAD_NAME = Code(
    "SEG045",
    "not a name that rules can use",
    "Rules call attributes, events and properties by these names, so they are made of letters, "
    "digits and underscores, do not begin with a digit and are not words of the language. A column "
    "may be called anything: give it a name here and its own name as `column`.",
    "entity:\n  attributes:\n    e-mail: string",
)
UNKNOWN_TYPE = Code(
    "SEG046",
    "an unknown type",
    "The types are bool, int, decimal(2), float, ratio, probability, string, enum, date, timestamp "
    "and duration(s), each with a `?` at the end where a value may be missing.",
    "entity:\n  attributes:\n    age: integer",
)
UNKNOWN_ZONE = Code(
    "SEG047",
    "an unknown time zone",
    "Calendar windows follow this zone, daylight saving included, so it must be the name of a zone "
    "in the IANA database and not an offset.",
    "timezone: Paris",
)
UNFIT_VALUE = Code(
    "SEG048",
    "a value that does not fit its type",
    "A default or a bound must be a value of the column's type.",
    "entity:\n  attributes:\n    age: {type: int, default: many}",
)
OUTSIDE_RANGE = Code(
    "SEG049",
    "a default that the column does not accept",
    "The default lies outside the range, or is not among the accepted values, so either is wrong.",
    "entity:\n  attributes:\n    stars: {type: int, range: [1, 5], default: 0}",
)
EMPTY_RANGE = Code(
    "SEG050",
    "a range without values",
    "The lower bound is above the upper one, so no value is in range.",
    "entity:\n  attributes:\n    stars: {type: int, range: [5, 1]}",
)
UNFIT_SETTING = Code(
    "SEG051",
    "a setting that the type does not have",
    "A range is for types with an order and a distance, accepted values are for texts, a unit is "
    "for durations, a kind of time is for timestamps, and consent is a bool.",
    "entity:\n  attributes:\n    email: {type: string, range: [0, 5]}",
)
BAD_VALUES = Code(
    "SEG052",
    "an enum without a usable list of values",
    "An enum lists the texts the column holds, each of them once.",
    "entity:\n  attributes:\n    plan: enum",
)
UNKNOWN_MEMBER = Code(
    "SEG053",
    "a union of an event that does not exist",
    "A union names other events of the same catalog.",
    "events:\n  activity:\n    any_of: [email_opn]",
)
UNION_CYCLE = Code(
    "SEG054",
    "a union that contains itself",
    "A union stands for the events it names; one that leads back to itself stands for nothing.",
    "events:\n  activity:\n    any_of: [engagement]\n  engagement:\n    any_of: [activity]",
)
NAME_TAKEN = Code(
    "SEG055",
    "one name for two things",
    "The key of the entity, its attributes and the events share one space of names, so that a rule "
    "can call each by its name alone.",
    "entity:\n  name: customer\n  table: customers\n  key: id\n  attributes:\n    id: string",
)
RESERVED_PROPERTY = Code(
    "SEG056",
    "a property called `at` or `id`",
    "`email_open.at` is when the event happened and `email_open.id` which one it was; both are "
    "there already. Give the property another name and keep its own as `column`.",
    "events:\n  order:\n    table: orders\n    at: placed_at\n    properties:\n      id: string",
)
PLAIN_YAML = Code(
    "SEG057",
    "more YAML than a catalog needs",
    "A catalog is plain YAML: one document, no tags (`!name`), no merge keys (`<<`), no keys that "
    "are lists, and not larger than a person could have written.",
    "entity: !customer {name: customer}",
)
UNION_TABLE = Code(
    "SEG058",
    "a union with a table",
    "A union takes everything from the events it names: it has no table, key, time or properties "
    "of its own.",
    "events:\n  activity:\n    any_of: [email_open]\n    table: activities",
)
NO_UNIT = Code(
    "SEG059",
    "a duration without its unit",
    "The column holds a number, and only the catalog can say of what: `duration(s)`, "
    "`duration(ms)`, `duration(us)`, `duration(min)`, `duration(h)` or `duration(d)`.",
    "entity:\n  attributes:\n    watched: duration",
)
UNFIT_PARTITION = Code(
    "SEG067",
    "a partition that tells no such periods apart",
    "A column of days holds no hours, and a format is that of a text or a number and has the signs "
    "of its period: `yyyy-mm` by month, `yyyy-mm-dd` by day, `yyyy-mm-dd hh` by hour.",
    "events:\n  open:\n    table: opens\n    at: opened_at\n"
    "    partition: {column: dt, by: hour, type: date}",
)

CODES = (
    UNREADABLE,
    REPEATED_KEY,
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_SHAPE,
    BAD_NAME,
    UNKNOWN_TYPE,
    UNKNOWN_ZONE,
    UNFIT_VALUE,
    OUTSIDE_RANGE,
    EMPTY_RANGE,
    UNFIT_SETTING,
    BAD_VALUES,
    UNKNOWN_MEMBER,
    UNION_CYCLE,
    NAME_TAKEN,
    RESERVED_PROPERTY,
    PLAIN_YAML,
    UNION_TABLE,
    NO_UNIT,
    UNFIT_PARTITION,
)
