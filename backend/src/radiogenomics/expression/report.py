"""What a reader of expression recognised, did and left out. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

_NAMED_IN_A_MESSAGE = 5


@dataclass(frozen=True)
class Dropped:
    """Something of a file that is not in the matrix.

    Attributes
    ----------
    what
        ``samples``, ``genes``, ``rows``, ``columns`` or ``files``.
    reason
        Why, in words that follow the count.
    count
        How many.
    examples
        The names of some.
    """

    what: str
    reason: str
    count: int
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in one sentence."""
        one = self.what.removesuffix("s") if self.count == 1 else self.what
        some = "" if self.count <= len(self.examples) else "such as "
        examples = f" ({some}{', '.join(self.examples)})" if self.examples else ""
        return f"{self.count} {one} left out: {self.reason}{examples}."


@dataclass(frozen=True)
class ExpressionReport:
    """How a file became an expression matrix.

    Attributes
    ----------
    format
        What the file was recognised as; empty for a matrix that no file was read for.
    rows
        What its rows were, ``patients`` or ``genes``.
    rows_because
        What told so.
    n_patients, n_genes, n_missing
        Of the matrix; missing values.
    value_scale
        What the values look like: ``linear``, ``log`` or ``centred`` (see `value_scale`).
    transformed
        ``log2(x + 1)`` if that was taken on reading, else empty.
    dropped
        What was left out and why.
    notes
        Choices that were made, and advice.
    files
        The files that were read, where the source is a folder; relative to it.
    """

    format: str = ""
    rows: str = ""
    rows_because: str = ""
    n_patients: int = 0
    n_genes: int = 0
    n_missing: int = 0
    value_scale: str = ""
    transformed: str = ""
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def looks_linear(self) -> bool:
        """Whether the values look like intensities or counts of which no logarithm was taken."""
        return self.value_scale == "linear"

    @property
    def messages(self) -> tuple[str, ...]:
        """All of it in sentences, for people."""
        if not self.format:
            return ()
        values = "value is" if self.n_missing == 1 else "values are"
        missing = f"; {self.n_missing} {values} missing" if self.n_missing else ""
        return (
            f"Read as {self.format}, {self.rows} in rows ({self.rows_because}): "
            f"{self.n_patients} patients x {self.n_genes} genes{missing}.",
            *map(str, self.dropped),
            *self.notes,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values, for manifests and programs."""
        return {**asdict(self), "messages": list(self.messages)}


def named(names: Sequence[str]) -> str:
    """Join the first few names for a message."""
    shown = ", ".join(names[:_NAMED_IN_A_MESSAGE])
    return shown + (", ..." if len(names) > _NAMED_IN_A_MESSAGE else "")
