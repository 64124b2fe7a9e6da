"""What people write who come from SQL, spreadsheets, marketing tools or another language.

Each check knows one habit and says how Segue spells it; like the mistakes beside this folder, it
answers None when it does not know what it sees.
"""

from collections.abc import Callable

from segue.grammar.habits import blocks, formulas, marks, steps, tools, windows
from segue.grammar.mistakes import Mistake
from segue.grammar.stop import Stop

HABITS: tuple[Callable[[Stop], Mistake | None], ...] = (
    *marks.CHECKS,
    *blocks.CHECKS,
    *formulas.CHECKS,
    *tools.CHECKS,
    *steps.CHECKS,
    *windows.CHECKS,
)
