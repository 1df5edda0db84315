"""Pictures to check a cohort by: one page a case, and an index with distributions and outliers.

The pages are self-contained HTML: they open without a server, print, and hold no address outside
themselves. May import `shape`, `study`, `agreement`, `imaging`, numpy, scikit-image and jinja2.
"""

from radiogenomics.checking.case import CheckedCase
from radiogenomics.checking.case_page import write_case_page
from radiogenomics.checking.index_page import write_index_page
from radiogenomics.checking.outliers import OUTLIER_THRESHOLD, Outlier, find_outliers
from radiogenomics.checking.preparation_page import (
    PreparationSummary,
    preparation_page_name,
    write_preparation_page,
)

__all__ = [
    "OUTLIER_THRESHOLD",
    "CheckedCase",
    "Outlier",
    "PreparationSummary",
    "find_outliers",
    "preparation_page_name",
    "write_case_page",
    "write_index_page",
    "write_preparation_page",
]
