"""The kinds of finding about a project's files and settings."""

from segue.grammar.codes import Code

UNKNOWN_SETTING = Code(
    "SEG060",
    "an unknown setting",
    "`segue.yml` does not know this key. A setting that is misspelt would otherwise be ignored.",
    "catalogue: shop.yml",
)
WRONG_SETTING = Code(
    "SEG061",
    "a setting of the wrong shape",
    "The setting is known, but this is not what stands there: a list where a name is expected, or "
    "the other way round.",
    "rules: {folder: rules}",
)
BAD_TARGET = Code(
    "SEG062",
    "a target that cannot be connected to",
    "A target is a warehouse: its `engine`, and what that engine needs to be reached, such as "
    "the `path` of a file or the `dsn` of a server.",
    "targets:\n  prod: {engine: oracel}",
)
UNKNOWN_TARGET = Code(
    "SEG063",
    "a default target that is not there",
    "`target` names the warehouse used when a command is not told another one; it must be one of "
    "`targets`.",
    "target: prod\ntargets:\n  dev: {engine: duckdb, path: shop.duckdb}",
)
UNSET_VARIABLE = Code(
    "SEG064",
    "an environment variable that is not set",
    "A setting of this target is taken from the environment, and the environment does not have it, "
    "or has an empty text. "
    "Write `${NAME:-value}` to say what stands in.",
    'targets:\n  prod: {engine: postgres, dsn: "${DATABASE_URL}"}',
)
NOT_TEXT = Code(
    "SEG065",
    "a file that is not UTF-8 text",
    "Rules, catalogs and settings are UTF-8 text. The file holds bytes that are not; often it was "
    "saved in another encoding.",
    "",
)
BAD_FOLDER = Code(
    "SEG066",
    "a folder that rules cannot name",
    "A folder is a module, and rules of other folders write its name, as in `email.engaged`. So it "
    "is made of letters, digits and underscores, and does not begin with a digit.",
    "",
)

CODES = (
    UNKNOWN_SETTING,
    WRONG_SETTING,
    BAD_TARGET,
    UNKNOWN_TARGET,
    UNSET_VARIABLE,
    NOT_TEXT,
    BAD_FOLDER,
)
