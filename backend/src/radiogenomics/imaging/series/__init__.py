"""From a folder of a scanner's files to the four images of a case: found, named, chosen, read."""

from radiogenomics.imaging.series.choosing import choose_series
from radiogenomics.imaging.series.finding import find_series
from radiogenomics.imaging.series.found import Contrast, Format, Found, Series
from radiogenomics.imaging.series.reading import read_series

__all__ = [
    "Contrast",
    "Format",
    "Found",
    "Series",
    "choose_series",
    "find_series",
    "read_series",
]
