"""A table of the report: one object that becomes both the page's table and a CSV file.

What the page shows is a rounding of what the file holds; neither is computed twice.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from radiogenomics.shape.wording import significant

Value = float | int | str | None


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes
    ----------
    key
        Its name in the file; empty if only the page has it.
    head
        Its heading on the page; None if only the file has it.
    group
        What stands above neighbouring columns of the same group.
    numeric
        Whether its cells are numbers, set to the right.
    """

    key: str
    head: str | None
    group: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Cell:
    """A cell: what the file holds, and what the page shows of it.

    Attributes
    ----------
    value
        For the file, unrounded.
    text
        For the page.
    strong
        Whether it is the lowest of its row.
    mark
        Set after the text, such as a dagger.
    hint
        More about it, shown when pointed at.
    """

    value: Value
    text: str
    strong: bool = False
    mark: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Row:
    """Cells, one a column; ``section`` is a heading that is set above the first row of its kind."""

    cells: tuple[Cell, ...]
    section: str = ""
    is_total: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes
    ----------
    name
        Of its file, without the ending.
    number
        As it is called in the text: ``Table 2``.
    caption
        What it holds.
    columns, rows
        Every row has a cell a column.
    notes
        Below it.
    wide
        Whether it needs a page on its side.
    """

    name: str
    number: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    wide: bool = False
    shown: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(
                    f"{self.name}: {len(row.cells)} cells in {len(self.columns)} columns"
                )
        shown = tuple(i for i, column in enumerate(self.columns) if column.head is not None)
        object.__setattr__(self, "shown", shown)

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The groups of the shown columns with the number of columns of each; [] without any."""
        found: list[tuple[str, int]] = []
        for index in self.shown:
            group = self.columns[index].group
            if found and found[-1][0] == group:
                found[-1] = (group, found[-1][1] + 1)
            else:
                found.append((group, 1))
        return found if any(name for name, _ in found) else []

    def to_csv(self) -> str:
        """Return the file: one line a row, numbers as they were computed, absent ones empty."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        kept = [index for index, column in enumerate(self.columns) if column.key]
        writer.writerow([self.columns[index].key for index in kept])
        for row in self.rows:
            writer.writerow([_written(row.cells[index].value) for index in kept])
        return buffer.getvalue()


def word(value: str, shown: str | None = None) -> Cell:
    """Return a cell of words; ``shown`` where the page words it otherwise."""
    return Cell(value, value if shown is None else shown)


def count(value: int | None) -> Cell:
    """Return a cell with a whole number."""
    return Cell(value, "—" if value is None else f"{value:,}")


def number(value: float | None, form: str | int, *, mark: str = "", hint: str = "") -> Cell:
    """Return a cell with a number, in a format such as ``.4f`` or in significant digits."""
    return Cell(value, written(value, form), mark=mark, hint=hint)


def written(value: float | None, form: str | int) -> str:
    """Write a number for people, in a format such as ``.4f`` or in significant digits."""
    if value is None:
        return "—"
    if isinstance(form, int):
        return significant(value, form)
    return format(value, form).replace("-", "−")


def percent(share: float) -> str:
    """Write a share as whole per cent: ``95 %``."""
    return f"{100 * share:.0f} %".replace("-", "−")


def lowest_strong(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells, strong where they read as the lowest, so that no tie is hidden."""
    values = [float(cell.value) for cell in cells if isinstance(cell.value, float | int)]
    if not values:
        return list(cells)
    lowest = next(
        cell.text
        for cell in cells
        if isinstance(cell.value, float | int) and float(cell.value) == min(values)
    )
    return [
        Cell(cell.value, cell.text, cell.text == lowest, cell.mark, cell.hint) for cell in cells
    ]


def p_value(value: float) -> Cell:
    """Return a cell with a p-value; what is smaller than can be of use is bounded."""
    if value < 0.0001:
        return Cell(value, "<0.0001")
    return Cell(value, significant(value, 2) if value < 0.1 else f"{value:.2f}")


def _written(value: Value) -> str:
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
