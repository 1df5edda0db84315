"""What the application remembers between sessions: who works, where the last study lies."""

import qt

_PREFIX = "Radiogenomics/"


def remembered(name):
    """Return a remembered text; empty where there is none."""
    value = qt.QSettings().value(_PREFIX + name, "")
    return "" if value is None else str(value)


def remember(name, text):
    """Keep a text for the next session."""
    qt.QSettings().setValue(_PREFIX + name, text)
