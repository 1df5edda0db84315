"""How segmentations look in the slices: fill, outline, on and off. slicer through the node."""

from __future__ import annotations

from typing import Any

_FILL = 0.35
_OUTLINE_PIXELS = 2
# Of another rater, beside the fill of the one that is measured.
_BESIDE_PIXELS = 3


class SegmentDisplay:
    """Keeps the rater's choices for every case.

    Attributes
    ----------
    is_shown
        Whether the segmentation is drawn in the slices.
    fill
        Opacity of the inside, from 0 to 1.
    """

    def __init__(self) -> None:
        self.is_shown = True
        self.fill = _FILL
        self._node: Any = None

    def use(self, node: Any | None) -> None:
        """Show a segmentation as chosen; None for none."""
        self._node = node
        self._apply()

    def toggle(self) -> None:
        """Show or hide the segmentation."""
        self.is_shown = not self.is_shown
        self._apply()

    def set_fill(self, opacity: float) -> None:
        """Set the opacity of the inside, from 0 to 1."""
        self.fill = min(max(opacity, 0.0), 1.0)
        self._apply()

    @staticmethod
    def show_beside(node: Any) -> None:
        """Show a second segmentation as thick outlines alone."""
        display = node.GetDisplayNode()
        display.SetVisibility(True)
        display.SetVisibility2DFill(False)
        display.SetVisibility2DOutline(True)
        display.SetSliceIntersectionThickness(_BESIDE_PIXELS)

    @staticmethod
    def hide(node: Any) -> None:
        """Hide a segmentation."""
        node.GetDisplayNode().SetVisibility(False)

    def _apply(self) -> None:
        if self._node is None:
            return
        display = self._node.GetDisplayNode()
        changing = display.StartModify()
        display.SetVisibility(self.is_shown)
        display.SetOpacity2DFill(self.fill)
        display.SetOpacity2DOutline(1.0)
        display.SetSliceIntersectionThickness(_OUTLINE_PIXELS)
        display.EndModify(changing)
