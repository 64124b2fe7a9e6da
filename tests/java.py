"""Whether this machine has a Java that Spark runs on."""

import os
import re
import shutil
import subprocess

OLDEST = 17
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Options of a Java that runs for minutes, in which its second compiler takes more time than it
saves."""


def missing() -> str | None:
    """Why Spark cannot start here."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    if program is None:
        return "no Java on this machine"
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    # `openjdk version "17.0.15"`; before Java 9, `java version "1.8.0_452"`.
    found = re.search(r'version "(\d+)', told.stderr)
    if found is None or int(found[1]) < OLDEST:
        return f"Spark needs Java {OLDEST}, and this machine has another one"
    return None
