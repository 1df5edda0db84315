"""From a scanner's files to a case in a study, with images that are ready to be drawn on."""

from radiogenomics.imaging.preparing.again import strip_again
from radiogenomics.imaging.preparing.prepared_images import PreparedImages, is_prepared
from radiogenomics.imaging.preparing.preparing import prepare_case
from radiogenomics.imaging.preparing.settings import (
    DoubtfulError,
    Outcome,
    Prepared,
    PrepareSettings,
)

__all__ = [
    "DoubtfulError",
    "Outcome",
    "PrepareSettings",
    "Prepared",
    "PreparedImages",
    "is_prepared",
    "prepare_case",
    "strip_again",
]
