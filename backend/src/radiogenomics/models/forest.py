"""Regression trees as plain arrays: they predict without the library that grew them.

A library's own text would have to be trusted to a parser that may end the process on damage, and
holds a line for every gene. Here every index is checked once, when the arrays are read. Imports
NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.models.regression import Matrix

Indices = NDArray[np.int64]
_LEAF = -1


@dataclass(frozen=True)
class Node:
    """A split of one tree, or a leaf of it.

    Attributes
    ----------
    value
        Of a leaf: what the tree adds to the prediction.
    column, threshold, below, above
        Of a split: patients whose input ``column`` is at most ``threshold`` go to ``below``.
    """

    value: float = 0.0
    column: int = _LEAF
    threshold: float = 0.0
    below: Node | None = None
    above: Node | None = None


@dataclass(frozen=True)
class Forest:
    """For each target a sum of trees.

    Attributes
    ----------
    columns
        ``(n_nodes,)``; the input that a node splits by, -1 in a leaf.
    thresholds
        ``(n_nodes,)``; a patient with at most this goes to the first child.
    children
        ``(n_nodes, 2)``; numbers of nodes, larger than the node's own. A leaf is its own child.
    values
        ``(n_nodes,)``; what a leaf adds.
    roots
        ``(n_trees,)``; the node that each tree begins with.
    ends
        ``(n_targets,)``, rising; the trees of target t are those from ``ends[t - 1]`` (or 0) to
        before ``ends[t]``.
    starts
        ``(n_targets,)``; what the trees are added to.
    n_inputs
        Inputs that the trees were grown on.
    """

    columns: Indices
    thresholds: Matrix
    children: Indices
    values: Matrix
    roots: Indices
    ends: Indices
    starts: Matrix
    n_inputs: int

    @classmethod
    def of(cls, trees: Sequence[Sequence[Node]], starts: Sequence[float], n_inputs: int) -> Forest:
        """Lay out the trees of each target."""
        nodes: list[Node] = []
        children: list[tuple[int, int]] = []
        roots = []
        for tree in (tree for own in trees for tree in own):
            roots.append(len(nodes))
            nodes.append(tree)
            for place in range(len(nodes) - 1, len(nodes) + _size(tree) - 1):
                below, above = nodes[place].below, nodes[place].above
                if below is None or above is None:
                    children.append((place, place))
                else:
                    children.append((len(nodes), len(nodes) + 1))
                    nodes += [below, above]
        return cls(
            np.array([node.column for node in nodes], dtype=np.int64),
            np.array([node.threshold for node in nodes], dtype=np.float64),
            np.array(children, dtype=np.int64).reshape(-1, 2),
            np.array([node.value for node in nodes], dtype=np.float64),
            np.array(roots, dtype=np.int64),
            np.cumsum([len(own) for own in trees], dtype=np.int64),
            np.array(starts, dtype=np.float64),
            n_inputs,
        )

    def outputs(self, inputs: Matrix) -> Matrix:
        """Return what each tree adds to each patient, ``(n_patients, n_trees)``.

        Raises
        ------
        InputError
            If the inputs have another number of columns than the trees were grown on, or lack a
            value.
        """
        if inputs.ndim != 2 or inputs.shape[1] != self.n_inputs:
            raise InputError(
                f"The trees were fitted to {self.n_inputs} inputs and are given a table of shape "
                f"{inputs.shape}; give a row for each patient and the same columns."
            )
        if np.isnan(inputs).any():
            row, column = np.argwhere(np.isnan(inputs))[0]
            raise InputError(
                f"The input in row {row + 1}, column {column + 1} is missing; trees would send it "
                "anywhere. Fill missing values in first."
            )
        places = np.tile(self.roots, (len(inputs), 1))
        patients = np.arange(len(inputs))[:, None]
        while (self.columns[places] != _LEAF).any():
            # A leaf compares with the last column, and stays where it is either way.
            above = inputs[patients, self.columns[places]] > self.thresholds[places]
            places = self.children[places, above.astype(np.intp)]
        return np.asarray(self.values[places])

    def predict(self, inputs: Matrix) -> Matrix:
        """Return predictions ``(n_patients, n_targets)``.

        Raises
        ------
        InputError
            As `outputs`.
        """
        outputs = self.outputs(inputs)
        begins = np.concatenate([[0], self.ends[:-1]])
        sums = [
            outputs[:, begin:end].sum(axis=1) for begin, end in zip(begins, self.ends, strict=True)
        ]
        return np.asarray(np.column_stack(sums) + self.starts)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return it as arrays that NumPy stores without pickle."""
        return {
            "columns": self.columns,
            "thresholds": self.thresholds,
            "children": self.children,
            "values": self.values,
            "roots": self.roots,
            "ends": self.ends,
            "starts": self.starts,
            "n_inputs": np.array(self.n_inputs, dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Forest:
        """Make it from what `to_arrays` gave.

        Raises
        ------
        TrainingError
            If the arrays are not those of trees; no prediction can then go astray or on for ever.
        """
        try:
            made = cls(
                _integers(arrays["columns"]),
                np.asarray(arrays["thresholds"], dtype=np.float64),
                _integers(arrays["children"]),
                np.asarray(arrays["values"], dtype=np.float64),
                _integers(arrays["roots"]),
                _integers(arrays["ends"]),
                np.asarray(arrays["starts"], dtype=np.float64),
                int(_integers(arrays["n_inputs"])),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise TrainingError(
                f"The stored trees cannot be read ({error}); the file is damaged or of something "
                "else. Train anew."
            ) from error
        wrong = made._what_is_wrong()
        if wrong:
            raise TrainingError(f"The stored trees have {wrong}; the file is damaged. Train anew.")
        return made

    def _what_is_wrong(self) -> str | None:
        flat = (self.columns, self.roots, self.ends, self.starts)
        if any(each.ndim != 1 for each in flat):
            return "arrays of a wrong shape"
        n_nodes = len(self.columns)
        shapes = (self.thresholds.shape, self.values.shape, self.children.shape)
        if shapes != ((n_nodes,), (n_nodes,), (n_nodes, 2)) or self.starts.shape != self.ends.shape:
            return "arrays that do not fit each other"
        own, leaf = np.arange(n_nodes)[:, None], self.columns[:, None] == _LEAF
        begins = np.concatenate([[0], self.ends])
        holds = {
            "numbers that are not finite": all(
                np.isfinite(each).all() for each in (self.thresholds, self.values, self.starts)
            ),
            "splits by inputs that there are not": _within(self.columns, _LEAF, self.n_inputs),
            # Children that come later end every way down.
            "nodes in a wrong order": np.where(
                leaf, self.children == own, self.children > own
            ).all(),
            "nodes that there are not": _within(self.children, 0, n_nodes)
            and _within(self.roots, 0, n_nodes),
            "targets whose trees do not fit": (np.diff(begins) >= 0).all()
            and begins[-1] == len(self.roots),
        }
        return next((what for what, fine in holds.items() if not fine), None)


def _size(tree: Node) -> int:
    if tree.below is None or tree.above is None:
        return 1
    return 1 + _size(tree.below) + _size(tree.above)


def _within(places: Indices, first: int, end: int) -> bool:
    return bool(((places >= first) & (places < end)).all())


def _integers(values: NDArray[Any]) -> Indices:
    if not np.issubdtype(values.dtype, np.integer):
        raise TypeError(f"numbers of type {values.dtype} where whole ones belong")
    return values.astype(np.int64)
