"""The kinds of finding about what rules mean, each with its explanation and an example."""

from segue.grammar.codes import Code

UNKNOWN_NAME = Code(
    "SEG010",
    "an unknown name",
    "Nothing of this name is defined in this folder or the folders around it, and the catalog has "
    "no such attribute, event or property. Names of other folders are written with their folder: "
    "`email.engaged`.",
    "segment a { when email_opns_30d >= 10 }",
)
DEFINED_TWICE = Code(
    "SEG011",
    "a name defined twice",
    "Metrics, conditions, segments, defines and their parameters share their names with the "
    "catalog's attributes and events, so that a rule can never mean two things; a define may not "
    "be called like a function either. Names that differ only in case count as one: databases "
    "ignore case in the names of columns.",
    "metric orders = count(purchase)\nmetric orders = count(purchase over last 30d)",
)
CYCLE = Code(
    "SEG012",
    "definitions that need each other",
    "A definition may not need itself, not even through others: its value would have no end. "
    "Break the circle by writing one of them without the other.",
    "segment a { when in b }\nsegment b { when in a }",
)
WRONG_KIND = Code(
    "SEG013",
    "a name of another kind than the place needs",
    "An event is counted, not compared; a segment is asked with `in`; a define is called with its "
    "arguments; a property is read inside an aggregate over its event.",
    "segment a { when purchase > 3 }",
)
WRONG_ARGUMENTS = Code(
    "SEG014",
    "the wrong arguments",
    "The function exists but does not take these arguments: their number differs, or one that must "
    "be known when the rules are compiled is not a constant.",
    "metric a = clamp(orders, 1)",
)
UNKNOWN_VERSION = Code(
    "SEG015",
    "a version of a score that was never trained",
    "`churn_risk@v3()` is what the third model of the score says, whatever was trained since. The "
    "version must be there, among the project's models.",
    "score churn_risk: probability { … }\nsegment a { when churn_risk@v9() >= 80% }",
)
OUTDATED_MODEL = Code(
    "SEG016",
    "a model that was trained on something else",
    "A model knows its features by what they meant when it was trained. One of them is defined "
    "otherwise by now, or is no feature any more, so the model would be asked about values that "
    "it has never seen. Train it again, or give the rules the old definition.",
    "metric orders_30d = count(purchase over last 90d)  # was `last 30d` when …",
)
BAD_PROGRESSION = Code(
    "SEG017",
    "a progression that says nothing",
    "`next` lists the other stages that somebody may move on to, each once. An entity that moves "
    "nowhere stays in its stage without being told to.",
    "lifecycle reader { stage prospect { enter when true next prospect } }",
)
NO_ENTRY = Code(
    "SEG018",
    "a stage that nobody can enter",
    "A stage is entered when its `enter` condition holds, or because it is the `initial` stage of "
    "its lifecycle. This one has neither.",
    "lifecycle reader { stage prospect { exit when true } }",
)
BAD_SCORE = Code(
    "SEG019",
    "a score that cannot be",
    "A score is a `probability`, `amount`, `number`, `duration`, `class` or `cluster`. A query "
    "computes it (`serve sql`), or reads it from the score table (`serve table within 7d`), or "
    "whichever the engine allows (`serve auto within 7d`).",
    "score a: percentage { predict exists(purchase over next 30d) from email_opens_30d train "
    "every 30d over last 360d }",
)
TYPE_MISMATCH = Code(
    "SEG020",
    "values that do not fit together",
    "Each value has a type and a unit. An operator takes values that fit each other: a whole "
    "number with a number, a duration with a duration, text with text.",
    'segment a { when orders_30d == "many" }',
)
RATIO_AGAINST_NUMBER = Code(
    "SEG021",
    "a ratio compared with a whole number",
    "A ratio such as a click rate lies between 0 and 1 and is written as a percentage. Compared "
    "with 15 it would never, or always, be true.",
    "segment a { when click_rate_30d >= 15 }",
)
NUMBER_AGAINST_RATIO = Code(
    "SEG022",
    "a number compared with a percentage",
    "A count or an amount is not a share of something; a percentage of it means nothing here. "
    "Write the number, or divide by what it is a share of.",
    "segment a { when email_opens_30d >= 15% }",
)
DURATION_AGAINST_NUMBER = Code(
    "SEG023",
    "a duration without its unit",
    "Durations are written with their unit, so that nobody has to know whether a 7 meant days or "
    "hours: `7d`, `36h`, `2w`.",
    "segment a { when time_since_last_click <= 7 }",
)
MOMENT_AGAINST_DURATION = Code(
    "SEG024",
    "an instant or a day compared with a duration",
    "`signed_up_at` is a point in time; how long ago it was is `age(signed_up_at)`.",
    "segment a { when signed_up_at <= 30d }",
)
UNKNOWN_VALUE = Code(
    "SEG025",
    "a value the catalog does not accept",
    "The catalog lists the values of this enum, and this is not one of them: the comparison would "
    "never be true.",
    'segment a { when plan == "premum" }',
)
NOT_A_CONDITION = Code(
    "SEG026",
    "a value where a condition is needed",
    "`when`, `and`, `or`, `not`, `if` and `where` need something that is true or false.",
    "segment a { when email_opens_30d }",
)
LEAKAGE = Code(
    "SEG027",
    "a model that would be told the answer",
    "A model is trained on a past of which the outcome is known, and used where it is not. What "
    "it reads, and who it is trained on, may only depend on what was known at the snapshot. A "
    "score is not: its model has learnt from what came later.",
    "score churn: probability { predict not exists(activity over next 30d) from email_opens_30d "
    "train over last 90d }\nscore ltv: amount { predict sum(purchase.amount over next 90d) from "
    "churn() train over last 90d }",
)
BAD_FEATURE = Code(
    "SEG028",
    "a feature that nothing can be learnt from",
    "A feature is a number, a duration, a text or a truth about each entity, listed once. The "
    "same value for all, a value for each that no other has, and days of the calendar teach a "
    "model nothing about days and customers to come.",
    "score a: probability { predict exists(purchase over next 30d) from first(purchase.at) train "
    "over last 90d }",
)
BAD_TRAINING = Code(
    "SEG029",
    "a past that a score cannot be trained on",
    "`train every 30d over last 360d` looks at everybody as they were 30, 60, … 360 days ago. The "
    "label looks ahead of each snapshot, so snapshots that are nearer than that have no outcome "
    "yet; what is held out must be later than what is trained on.",
    "score a: probability { predict exists(purchase over next 90d) from email_opens_30d train "
    "over last 30d }",
)
NO_ORDER = Code(
    "SEG037",
    "an order of values that have none",
    "The values of an enum, and the tiers of `tiers`, are names. `<` and `>` compare texts letter "
    'by letter: "team" comes before "trial", whatever they stand for. Say which values are meant: '
    '`plan in ["pro", "team"]`.',
    'segment a { when plan >= "pro" }',
)
NO_EVENT = Code(
    "SEG030",
    "an aggregate without its event",
    "An aggregate function folds the events of one kind: its first argument names the event, or a "
    "property of it.",
    "metric a = count(country)",
)
SEVERAL_EVENTS = Code(
    "SEG031",
    "an aggregate over several events",
    "The value of an aggregate is taken from one event. Other events join in as steps of a "
    "sequence: `followed by`, `not followed by`.",
    "metric a = sum(purchase.amount - refund.amount)",
)
BAD_STATE = Code(
    "SEG036",
    "a state that cannot be",
    "A state is a number: its type is `number` or `int`, it begins with a constant, and its bounds "
    "are constants of which the first is not above the second and between which it begins.",
    "state a: number = 20 between 0 and 10 { on purchase add 1 }",
)
BAD_WINDOW = Code(
    "SEG032",
    "a window that cannot be",
    "A window runs from an earlier instant to a later one, and its size is a constant greater than "
    "zero: a duration, a number of events, or a number of calendar periods.",
    "metric a = count(purchase over 15d ago to 30d ago)",
)
FORWARD_WINDOW = Code(
    "SEG033",
    "a rule that looks into the future",
    "`next` windows are legal only in the label of a score (`predict …`). A rule is evaluated at "
    "`as_of`, and what comes later is not known then; letting it in would leak the answer into the "
    "features.",
    "metric a = count(purchase over next 30d)",
)
NO_EVENT_ID = Code(
    "SEG034",
    "an order that ties can break",
    "`over last 5` keeps the latest five events. Several may happen at the same instant, so the "
    "event needs an `id` in the catalog to say which of them comes last; without it two engines "
    "would keep different ones.",
    "metric a = count(page_view over last 5)",
)
BAD_PATTERN = Code(
    "SEG035",
    "a pattern that not every engine can match",
    "Only regular expressions that mean the same in every engine, and take linear time, are "
    "allowed: characters, `.`, classes, groups, `|` and repetitions.",
    'segment a { when email matches "(?=x)" }',
)
BAD_ESTIMATOR = Code(
    "SEG038",
    "an estimator, or a parameter of one, that does not fit",
    "What a score may be trained `with`, for which kinds, and with which parameters, is listed in "
    "the reference.",
    "score a: amount { predict count(purchase over next 90d) from email_opens_30d with "
    "gradient_boosting(trees = 0) train over last 90d }",
)
BAD_LABEL = Code(
    "SEG039",
    "a label that cannot be learnt",
    "The label says what came after a snapshot: it looks ahead, over `next 30d`. Its type is that "
    "of the score's kind: true or false for a `probability`, a number for an `amount` or "
    "`number`, a duration for a `duration`, a text for a `class`; a `cluster` has none.",
    "score a: probability { predict exists(purchase over last 30d) from email_opens_30d train "
    "over last 90d }",
)
NOT_YET_SUPPORTED = Code(
    "SEG090",
    "a part of the language without a meaning yet",
    "The block or function is part of the language and can be written and formatted, but this "
    "version cannot compile it. Nothing is silently ignored: take it out to compile the rest.",
    "campaign loyalty { … }",
)
TOO_DEEP = Code(
    "SEG091",
    "a rule nested too deeply",
    "The expression is nested deeper than any reader could follow. Give its parts names.",
    "metric a = ((((((…))))))",
)

CODES = (
    UNKNOWN_NAME,
    DEFINED_TWICE,
    CYCLE,
    WRONG_KIND,
    WRONG_ARGUMENTS,
    UNKNOWN_VERSION,
    OUTDATED_MODEL,
    BAD_PROGRESSION,
    NO_ENTRY,
    BAD_SCORE,
    TYPE_MISMATCH,
    RATIO_AGAINST_NUMBER,
    NUMBER_AGAINST_RATIO,
    DURATION_AGAINST_NUMBER,
    MOMENT_AGAINST_DURATION,
    UNKNOWN_VALUE,
    NOT_A_CONDITION,
    LEAKAGE,
    BAD_FEATURE,
    BAD_TRAINING,
    NO_ORDER,
    NO_EVENT,
    SEVERAL_EVENTS,
    BAD_WINDOW,
    FORWARD_WINDOW,
    NO_EVENT_ID,
    BAD_PATTERN,
    BAD_STATE,
    BAD_ESTIMATOR,
    BAD_LABEL,
    NOT_YET_SUPPORTED,
    TOO_DEEP,
)
