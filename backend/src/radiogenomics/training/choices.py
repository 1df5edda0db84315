"""What the baselines chose, and ``chosen.csv``. Standard library only."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogenomics.study.atomic import write_text
from radiogenomics.training.targets import Target

COLUMNS = ("model", "repeat", "scope", "roi", "feature", "setting", "value")


@dataclass(frozen=True)
class BaselineChoice:
    """What a baseline chose.

    Attributes
    ----------
    model
        Its name.
    scope
        The fold whose held-out patients the choice has not seen; 0 for a choice on all patients.
    settings
        Of each target, in the targets' order.
    """

    model: str
    scope: int
    settings: tuple[Mapping[str, Any], ...]


def write_choices(
    path: Path, targets: Sequence[Target], repeats: Iterable[tuple[int, Iterable[BaselineChoice]]]
) -> None:
    """Write one row a setting, by model, repeat, scope and target: see `COLUMNS`.

    An empty value is one that there is none of, such as the R2 of a feature that does not vary.

    Parameters
    ----------
    path
        The table.
    targets
        What the settings of a choice belong to.
    repeats
        Number of each repeat, from 1, and what was chosen in it.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for repeat, choices in repeats:
        for choice in choices:
            for target, settings in zip(targets, choice.settings, strict=True):
                of = (choice.model, repeat, choice.scope, target.roi, target.feature)
                for name, value in settings.items():
                    writer.writerow((*of, name, "" if value is None else value))
    write_text(path, buffer.getvalue())
