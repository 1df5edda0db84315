"""Getting the public data of the paper: expression, segmentations, MR images.

Imports `study` alone. What is fetched is continued after a stop, checked, named only when whole,
and recorded with its licence and what to cite.
"""

from radiogenomics.fetching.errors import FetchError
from radiogenomics.fetching.sources import Kind, Source, find_source, terms

# What needs the network's libraries is imported from its module: `transfer`, `brats`, `idc`.
__all__ = ["FetchError", "Kind", "Source", "find_source", "terms"]
