"""What keeps a command from working that is no finding about the rules."""


class Refusal(Exception):
    """A missing file, folder, target or variable: what is wrong, and what to do about it.

    The command line shows it on one line, with the hint below, and exits with 2.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}\n  {hint}" if hint else message)
