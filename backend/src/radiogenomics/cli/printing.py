"""Printing results for programs. Standard library only."""

from __future__ import annotations

import json
import sys


def print_json(values: object) -> None:
    """Print plain values as one line of JSON, escaped where the output cannot hold a letter."""
    text = json.dumps(values, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(values)
    print(text)
