"""How models are named, ordered and drawn, on the page and in its figures.

The colours are those of Okabe and Ito (2008), which people with any colour vision tell apart; the
markers and line styles differ too, so that a print without colour can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from radiogenomics.models.constants import CENTRES
from radiogenomics.shape.wording import feature_label, shown_unit

BLACK, GREY = "#000000", "#5b6470"
ORANGE, SKY, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILION, PURPLE = "#0072b2", "#d55e00", "#cc79a7"

ROI_STYLES = {"enhancing": (BLUE, "o"), "edema": (VERMILION, "s")}
"""Colour and marker of each ROI."""


@dataclass(frozen=True)
class ModelStyle:
    """A model as it is shown.

    Attributes
    ----------
    name
        Its name in the run's files.
    label
        In sentences and legends.
    head
        In the head of a column, below the name of its group.
    what
        In words.
    colour, marker, line
        For figures, as Matplotlib takes them.
    """

    name: str
    label: str
    head: str
    what: str
    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]

    @property
    def is_floor(self) -> bool:
        """Whether it answers every patient with the same value."""
        return self.name in CENTRES

    @property
    def group(self) -> str:
        """What stands above it in the head of a table."""
        return "network" if self.is_network else "floor" if self.is_floor else "baseline"

    @property
    def is_network(self) -> bool:
        """Whether it is one of the networks."""
        return self.name.startswith("network")


_DASH_DOT = (0, (6, 2, 1, 2))
_STYLES = (
    ModelStyle(
        "network_plain",
        "network without pre-training",
        "plain",
        "Network with neither pre-training nor dropout (the paper's second comparison).",
        GREEN,
        "^",
        "--",
    ),
    ModelStyle(
        "network_pretrained",
        "network without dropout",
        "pre-trained",
        "Network with pre-training, without dropout (the paper's third comparison).",
        SKY,
        "s",
        "-.",
    ),
    ModelStyle(
        "network",
        "network",
        "pre-trained, dropout",
        "The paper's network: hidden layers start from the autoencoder's encoder; dropout.",
        BLUE,
        "o",
        "-",
    ),
    ModelStyle(
        "network_pca",
        "network on principal components",
        "on PCs",
        "Beyond the paper: principal components in place of the genes and the first layer.",
        PURPLE,
        "D",
        ":",
    ),
    ModelStyle(
        "linear",
        "elastic net",
        "elastic net",
        "The paper's baseline: one elastic net per feature, chosen by R² in the validation folds.",
        VERMILION,
        "v",
        "-",
    ),
    ModelStyle(
        "linear_absolute",
        "linear model on absolute error",
        "linear, absolute",
        "Beyond the paper: a linear model trained on absolute errors, as the network is.",
        ORANGE,
        "<",
        "--",
    ),
    ModelStyle(
        "ridge", "ridge regression", "ridge", "Beyond the paper: ridge alone.", GREEN, ">", "-."
    ),
    ModelStyle(
        "pcr",
        "principal-component regression",
        "PC regression",
        "Beyond the paper: linear regression on principal components.",
        PURPLE,
        "p",
        ":",
    ),
    ModelStyle(
        "trees",
        "gradient-boosted trees",
        "boosted trees",
        "Beyond the paper, and its own wish: gradient-boosted trees.",
        ORANGE,
        "h",
        _DASH_DOT,
    ),
    ModelStyle(
        "median",
        "training median",
        "median",
        "Floor: every patient is given the median of the patients learnt from.",
        GREY,
        "|",
        "--",
    ),
    ModelStyle(
        "mean",
        "training mean",
        "mean",
        "Floor: every patient is given the mean of the patients learnt from.",
        GREY,
        "x",
        ":",
    ),
    ModelStyle(
        "least_mape",
        "least-MAPE constant",
        "least MAPE",
        "Floor: every patient is given the constant of least MAPE among the patients learnt from.",
        GREY,
        "+",
        "-.",
    ),
)
_BY_NAME = {style.name: style for style in _STYLES}


def style_of(name: str) -> ModelStyle:
    """Return how a model is shown; one that is not known here is shown by its name."""
    known = _BY_NAME.get(name)
    return known or ModelStyle(name, name, name, "", BLACK, "*", "-")


def in_order(names: Iterable[str]) -> tuple[ModelStyle, ...]:
    """Return the models in the order of the paper's tables: networks, baselines, floors."""
    given = list(dict.fromkeys(names))
    known = [style for style in _STYLES if style.name in given]
    others = [style_of(name) for name in given if name not in _BY_NAME]
    floors = [style for style in known if style.is_floor]
    return (*(style for style in known if not style.is_floor), *others, *floors)


def feature_name(feature: str) -> str:
    """Return a feature for a heading: ``Surface to volume``."""
    return feature_label(feature)


def with_unit(feature: str, unit: str) -> str:
    """Return ``Volume, cm³``; a pure number has no unit."""
    shown = shown_unit(unit)
    return feature_label(feature) + (f", {shown}" if shown else "")


def file_name(model: str) -> str:
    """Return the name of a model as a part of a file's name."""
    return re.sub(r"\W", "_", model)


def plain_unit(unit: str) -> str:
    """Return the shown unit in plain letters, for programs: ``cm3``; 1 for a pure number."""
    return shown_unit(unit).replace("³", "3").replace("²", "2") or "1"
