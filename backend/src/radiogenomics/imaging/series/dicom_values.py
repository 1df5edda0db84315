"""Values of DICOM elements, where what is missing or written wrongly is simply not there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydicom.dataset import Dataset

_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)


def values_of(dataset: Dataset, keyword: str) -> list[object]:
    """Return the values of an element; an empty list where it has none."""
    try:
        value = dataset.get(keyword)
    except _UNREADABLE:
        return []
    if value is None or value == "":
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [value]


def texts_of(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Return the values as texts."""
    return tuple(str(value).strip() for value in values_of(dataset, keyword))


def text_of(dataset: Dataset, keyword: str) -> str:
    """Return the first value as a text; empty where there is none."""
    return next(iter(texts_of(dataset, keyword)), "")


def numbers_of(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Return exactly ``count`` finite numbers; None for anything else."""
    try:
        numbers = tuple(float(str(value)) for value in values_of(dataset, keyword))
    except ValueError:
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def number_of(dataset: Dataset, keyword: str) -> float | None:
    """Return the first value as a number; None where it is none."""
    try:
        number = float(text_of(dataset, keyword))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def whole_of(dataset: Dataset, keyword: str) -> int:
    """Return the first value as a whole number; 0 where it is none."""
    return int(number_of(dataset, keyword) or 0)


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; an empty list where there is none."""
    return [item for item in values_of(dataset, keyword) if isinstance(item, Dataset)]


def item_of(dataset: Dataset, keyword: str) -> Dataset:
    """Return the first item of a sequence; an empty one where there is none."""
    return next(iter(items_of(dataset, keyword)), Dataset())
