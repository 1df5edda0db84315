"""From segmentation files to the tables of a cohort: features, agreement; and its consensus."""

from radiogenomics.measuring.agreement import StudyAgreement, study_agreement, write_agreement
from radiogenomics.measuring.cohort import CohortResult, companion, measure_cohort
from radiogenomics.measuring.consensus import (
    CaseConsensus,
    ConsensusResult,
    Outcome,
    make_consensus,
)
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
    "CaseConsensus",
    "CohortResult",
    "ConsensusResult",
    "Failure",
    "MeasureJob",
    "Measured",
    "Outcome",
    "StudyAgreement",
    "companion",
    "jobs_from_files",
    "jobs_from_study",
    "make_consensus",
    "measure",
    "measure_cohort",
    "study_agreement",
    "write_agreement",
]
