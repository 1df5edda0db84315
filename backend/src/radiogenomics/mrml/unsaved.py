"""Whether a segmentation holds work that is in no version yet, and in no draft. slicer, vtk."""

from __future__ import annotations

from radiogenomics.mrml.live import LiveFeatures
from radiogenomics.mrml.segments import segmentation_content


class UnsavedWork:
    """Compares a segmentation with what was last saved, and with what was last kept as a draft.

    Contents are compared, not counts of events: Slicer fires events for redrawing, too.

    Parameters
    ----------
    live
        Follows the segmentation.
    restored
        Whether it came from a draft, and so is in no version.
    """

    def __init__(self, live: LiveFeatures, *, restored: bool) -> None:
        self._live = live
        self._computed: tuple[int, bytes] = (-1, b"")
        self._kept = self._content()
        self._saved = b"" if restored else self._kept

    @property
    def is_unsaved(self) -> bool:
        """Whether anything is in no version."""
        return self._content() != self._saved

    @property
    def is_unkept(self) -> bool:
        """Whether the draft, or without one the version, is not what is there.

        It is so, too, where everything that the draft holds was undone.
        """
        return self._content() != self._kept

    def mark_saved(self) -> None:
        """Note that everything is in a version now."""
        self._saved = self._kept = self._content()

    def mark_kept(self) -> None:
        """Note that everything is in the draft now."""
        self._kept = self._content()

    def _content(self) -> bytes:
        """Return the segmentation's content, computed once after each event."""
        if self._computed[0] != self._live.touches:
            self._computed = (self._live.touches, segmentation_content(self._live.node))
        return self._computed[1]
