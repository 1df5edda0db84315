"""From segmentation files to the feature table of a cohort."""

from radiogenomics.measuring.cohort import CohortResult, companion, measure_cohort
from radiogenomics.measuring.jobs import (
    UNNAMED_RATER,
    Failure,
    Measured,
    MeasureJob,
    jobs_from_files,
    jobs_from_study,
    measure,
)

__all__ = [
    "UNNAMED_RATER",
    "CohortResult",
    "Failure",
    "MeasureJob",
    "Measured",
    "companion",
    "jobs_from_files",
    "jobs_from_study",
    "measure",
    "measure_cohort",
]
