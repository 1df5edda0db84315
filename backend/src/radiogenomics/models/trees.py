"""Gradient-boosted trees for few patients and many genes, by LightGBM.

One model a target, trained on absolute error as the network is, so that a difference between them
is not the loss. Trees of four leaves of five patients or more see a tenth of the genes each, chosen
anew for every tree; how many trees are added is chosen by the folds, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from radiogenomics.models.baseline_settings import TreeSettings
from radiogenomics.models.choosing import Folds, check, first_best, put_together
from radiogenomics.models.forest import Forest, Node
from radiogenomics.models.regression import Chosen, Matrix, OnDone


def parameters_of(settings: TreeSettings, n_inputs: int, seed: int) -> dict[str, Any]:
    """Return LightGBM's parameters; with them it gives the same trees every time."""
    share = max(settings.share_of_inputs, min(1.0, settings.least_inputs / n_inputs))
    return {
        "objective": "regression_l1",
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.least_patients,
        "feature_fraction": share,
        # Trees start from the median, to which they are given the differences.
        "boost_from_average": False,
        # Thresholds to try for a gene: two to four patients lie between one and the next.
        "max_bin": 31,
        "min_data_in_bin": 1,
        "use_missing": False,
        "enable_bundle": False,
        "feature_pre_filter": False,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        # More threads take longer on so few patients.
        "num_threads": 1,
        "verbosity": -1,
    }


def fit_trees(
    inputs: Matrix,
    targets: Matrix,
    folds: Folds,
    seed: Sequence[int],
    on_done: OnDone,
    settings: TreeSettings | None = None,
) -> Chosen:
    """Choose the number of trees for each target over the folds, and fit: a `Family`.

    The number with the lowest mean absolute error over all held-out rows wins; among equals the
    smallest. Where the learning rows of a fit do not vary (in the target or in every input) there
    is no tree, and the median is predicted; where they are too few to be split, a tree is a single
    leaf with their median.

    Parameters
    ----------
    inputs, targets, folds, on_done
        As `Family` says.
    seed
        Draws the inputs that each tree sees: the same for every target and fold.
    settings
        How trees are grown.

    Returns
    -------
    Chosen
        Of `Forest`, with settings ``n_trees`` and ``mae`` (in the unit of the targets given).

    Raises
    ------
    InputError
        If a number is not finite or the folds do not fit the patients.
    """
    check(inputs, targets, folds)
    settings = settings or TreeSettings()
    drawn = int(np.random.default_rng(seed).integers(2**31 - 1))
    parameters = parameters_of(settings, max(inputs.shape[1], 1), drawn)
    n_targets = targets.shape[1]
    losses = np.zeros((n_targets, settings.most_trees))
    grown: list[list[_Grown]] = []
    for number, (learned, held_out) in enumerate(folds):
        grower = _Grower.of(inputs[learned], parameters)
        grown.append([])
        for target in range(n_targets):
            share = (number + target / n_targets) / (len(folds) + 1)
            on_done(share, f"fold {number + 1}")
            own = grower.grow(targets[learned, target], settings.most_trees)
            off = own.staged(inputs[held_out], settings.most_trees) - targets[held_out, target]
            losses[target] += np.abs(off).sum(axis=1)
            grown[-1].append(own)
    places, _ = first_best(-losses)
    counts = [int(place) + 1 for place in places]
    by_fold = [_forest(own, counts, inputs.shape[1]) for own in grown]
    everyone = _Grower.of(inputs, parameters)
    refitted = []
    for target, count in enumerate(counts):
        on_done((len(folds) + target / n_targets) / (len(folds) + 1), "refit")
        refitted.append(everyone.grow(targets[:, target], count))
    final = _forest(refitted, counts, inputs.shape[1])
    on_done(1.0, "refitted")
    n_held_out = sum(len(held_out) for _, held_out in folds)
    said = [
        {"n_trees": len(own.trees), "mae": float(losses[target, place]) / n_held_out}
        for target, (own, place) in enumerate(zip(refitted, places, strict=True))
    ]
    return put_together(inputs, folds, final, by_fold, said)


@dataclass(frozen=True)
class _Grown:
    """The trees of one target, on top of the median of the learning rows."""

    trees: tuple[Node, ...]
    start: float

    def staged(self, inputs: Matrix, n_stages: int) -> Matrix:
        """Return predictions ``(n_stages, n_patients)`` of the first tree, the first two, ..."""
        forest = Forest.of([self.trees], [self.start], inputs.shape[1])
        outputs = np.zeros((n_stages, len(inputs)))
        outputs[: len(self.trees)] = forest.outputs(inputs).T
        return np.asarray(self.start + np.cumsum(outputs, axis=0))


@dataclass(frozen=True)
class _Grower:
    """Learning rows as LightGBM takes them, for one target after another.

    Attributes
    ----------
    rows
        None where no input varies.
    parameters
        LightGBM's.
    """

    rows: lightgbm.Dataset | None
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, inputs: Matrix, parameters: Mapping[str, Any]) -> _Grower:
        if not np.ptp(inputs, axis=0).any():
            return cls(None, parameters)
        rows = lightgbm.Dataset(inputs, params=dict(parameters), free_raw_data=False)
        return cls(rows.construct(), parameters)

    def grow(self, target: Matrix, n_trees: int) -> _Grown:
        """Grow trees for a target ``(n_rows,)``."""
        start = float(np.median(target))
        scale = float(np.abs(target - start).mean())
        if self.rows is None or np.ptp(target) == 0:
            return _Grown((), start)
        # LightGBM holds targets in single precision; centred and scaled, that costs nothing.
        self.rows.set_label((target - start) / scale)
        booster = lightgbm.train(dict(self.parameters), self.rows, n_trees)
        grown = booster.dump_model()["tree_info"]
        return _Grown(tuple(_node(tree["tree_structure"], scale) for tree in grown), start)


def _node(told: Mapping[str, Any], scale: float) -> Node:
    if "split_feature" not in told:
        return Node(value=scale * float(told["leaf_value"]))
    return Node(
        column=int(told["split_feature"]),
        threshold=float(told["threshold"]),
        below=_node(told["left_child"], scale),
        above=_node(told["right_child"], scale),
    )


def _forest(grown: Sequence[_Grown], counts: Sequence[int], n_inputs: int) -> Forest:
    """Put the first trees of each target together."""
    trees = [own.trees[:count] for own, count in zip(grown, counts, strict=True)]
    return Forest.of(trees, [own.start for own in grown], n_inputs)
