"""Standardising each gene: (value - mean) / range, as the paper does."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression.matrix import ExpressionMatrix
from radiogenomics.expression.scale import refuse_other_scale, value_scale
from radiogenomics.study.atomic import replacing

_NAMED_IN_A_MESSAGE = 5


@dataclass(frozen=True)
class Alignment:
    """How a matrix was brought to the genes of a scaler.

    Attributes
    ----------
    reordered
        Whether the genes stood in another order.
    n_extra
        Genes of the matrix that the scaler does not use.
    n_filled
        Missing values replaced by their gene's mean in the patients of the fit.
    """

    reordered: bool
    n_extra: int
    n_filled: int


@dataclass(frozen=True)
class GeneScaler:
    """The genes in use with their mean and range in the patients it was fitted on.

    A missing value counts as its gene's mean and becomes 0. A gene without any value, or with one
    value in all patients, cannot be standardised and is left out.

    Attributes
    ----------
    genes
        The genes in use, in the order of the model's inputs.
    mean, range
        float64 of shape ``(n_genes,)``, in the unit of the expression values; range > 0.
    without_values, constant
        The genes that were left out, by reason.
    value_scale
        What the values in use looked like, ``linear``, ``log`` or ``centred``; empty in a scaler
        saved before this was recorded.
    """

    genes: tuple[str, ...]
    mean: NDArray[np.float64]
    range: NDArray[np.float64]
    without_values: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    value_scale: str = ""

    @classmethod
    def fit(cls, matrix: ExpressionMatrix) -> GeneScaler:
        """Learn mean and range of every gene from all patients of the matrix.

        Raises
        ------
        InputError
            If no gene varies between the patients.
        """
        present = ~np.isnan(matrix.values)
        counts = present.sum(axis=0)
        total = np.where(present, matrix.values, 0.0).sum(axis=0)
        lowest = np.where(present, matrix.values, np.inf).min(axis=0, initial=np.inf)
        highest = np.where(present, matrix.values, -np.inf).max(axis=0, initial=-np.inf)
        varies = (counts > 0) & (highest > lowest)
        if not varies.any():
            raise InputError(
                f"{matrix.source}: no gene varies between the {len(matrix.patient_ids)} patients; "
                "there is nothing to learn from."
            )
        names = np.asarray(matrix.genes, dtype=str)
        return cls(
            genes=tuple(names[varies].tolist()),
            mean=total[varies] / counts[varies],
            range=highest[varies] - lowest[varies],
            without_values=tuple(names[counts == 0].tolist()),
            constant=tuple(names[(counts > 0) & ~varies].tolist()),
            value_scale=value_scale(matrix.values[:, varies]),
        )

    def transform(self, matrix: ExpressionMatrix) -> tuple[NDArray[np.float32], Alignment]:
        """Standardise a matrix, its genes found by name.

        Returns
        -------
        tuple
            The standardised values, float32 of shape ``(n_patients, n_genes)``, within [-1, 1] for
            the patients of the fit, and what was done to align the genes.

        Raises
        ------
        InputError
            If genes of the scaler are absent from the matrix; the message names some. If the values
            are not on the scale of the fit, such as counts where those were logarithms.
        """
        where = {gene: column for column, gene in enumerate(matrix.genes)}
        absent = [gene for gene in self.genes if gene not in where]
        if absent:
            raise InputError(
                f"{matrix.source} lacks {len(absent)} of the {len(self.genes)} genes that the "
                f"model uses ({', '.join(absent[:_NAMED_IN_A_MESSAGE])}); bring the expression of "
                "these genes, or train a model on the genes that you have."
            )
        columns = [where[gene] for gene in self.genes]
        values = matrix.values[:, columns]
        refuse_other_scale(matrix.source, values, self.mean, self.range, self.value_scale)
        missing = np.isnan(values)
        scaled = np.where(missing, 0.0, (values - self.mean) / self.range)
        alignment = Alignment(
            reordered=columns != sorted(columns),
            n_extra=len(matrix.genes) - len(self.genes),
            n_filled=int(missing.sum()),
        )
        return scaled.astype(np.float32), alignment

    def save(self, path: Path) -> None:
        """Write the arrays to an ``.npz`` file, atomically and without pickle.

        Raises
        ------
        StudyError
            If it cannot be written.
        """
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                genes=np.asarray(self.genes, dtype=str),
                mean=self.mean,
                range=self.range,
                without_values=np.asarray(self.without_values, dtype=str),
                constant=np.asarray(self.constant, dtype=str),
                value_scale=np.asarray(self.value_scale),
            )

    @classmethod
    def load(cls, path: Path) -> GeneScaler:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            If the file is absent, of another kind, or holds pickled objects, which are never run.
        """
        try:
            # Opened here, since NumPy leaves a file open that is cut short.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(
                    genes=tuple(arrays["genes"].tolist()),
                    mean=arrays["mean"],
                    range=arrays["range"],
                    without_values=tuple(arrays["without_values"].tolist()),
                    constant=tuple(arrays["constant"].tolist()),
                    value_scale=str(arrays["value_scale"]) if "value_scale" in arrays else "",
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"{path} is not a saved gene scaler: {error}.") from error
