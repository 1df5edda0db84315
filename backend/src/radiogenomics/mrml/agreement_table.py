"""The table node of how the raters of a study agree, feature by feature. slicer, vtk."""

from __future__ import annotations

from typing import Any

import vtk

from radiogenomics.agreement import Estimate, FeatureAgreement
from radiogenomics.agreement.tables import FEATURES, FOLDER, read_feature_agreement
from radiogenomics.errors import InputError
from radiogenomics.shape.wording import feature_label
from radiogenomics.study import Study

COLUMNS = ("Region", "Feature", "ICC(2,1)", "At the least", "95 % interval", "ICC(2,k)", "Cases")


class AgreementTable:
    """Shows what ``radiogenomics agree`` found in a study, in one ``vtkMRMLTableNode`` of a scene.

    Cells are texts of three digits; the study's folder ``agreement`` has every digit, and the page
    with the pictures.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._node: Any = None

    @property
    def node(self) -> Any | None:
        """The table node; None before something is shown and once the scene was closed."""
        if self._node is not None and not self._scene.IsNodePresent(self._node):
            self._node = None
        return self._node

    def show(self, study: Study) -> Any:
        """Read the study's table and show it; return the node.

        Raises
        ------
        InputError
            If the study has no such table yet, or it is damaged; what was shown stays.
        """
        path = study.root / FOLDER / FEATURES
        if not path.exists():
            raise InputError(
                f"The raters of this study were not compared yet. Do so with: radiogenomics agree "
                f"{study.root}"
            )
        rows = [agreement_cells(one) for one in read_feature_agreement(path)]
        if self.node is None:
            self._node = self._scene.AddNewNodeByClass(
                "vtkMRMLTableNode", "Radiogenomics agreement of raters"
            )
            self._node.SetUseColumnTitleAsColumnHeader(True)
        was = self._node.StartModify()
        try:
            self._node.RemoveAllColumns()
            for column, name in enumerate(COLUMNS):
                cells = vtk.vtkStringArray()
                cells.SetName(name)
                for texts in rows:
                    cells.InsertNextValue(texts[column])
                self._node.AddColumn(cells)
            self._node.SetLocked(True)
        finally:
            self._node.EndModify(was)
        return self._node

    def remove(self) -> None:
        """Take the table out of the scene."""
        if self.node is not None:
            self._scene.RemoveNode(self._node)
        self._node = None


def agreement_cells(one: FeatureAgreement) -> tuple[str, ...]:
    """Return the texts of one row, one for each of `COLUMNS`."""
    single = average = interval = ""
    if one.correlation is not None:
        single, average = _text(one.correlation.single), _text(one.correlation.average)
        low, high = one.correlation.single.low, one.correlation.single.high
        interval = f"{_number(low)} to {_number(high)}"
    region, feature = one.roi.capitalize(), feature_label(one.feature)
    return region, feature, single, one.word, interval, average, str(one.cases)


def _text(estimate: Estimate) -> str:
    return _number(estimate.value)


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−").replace("inf", "∞")
