"""The study folder on disk: cases, raters, versions, reviews, tables. Standard library only."""

from radiogenomics.study.case import Case, Segmentation
from radiogenomics.study.folder import Study, StudySettings
from radiogenomics.study.names import CONSENSUS, check_patient_id, check_rater
from radiogenomics.study.review import ReviewEvent, Role, State
from radiogenomics.study.tables import FeatureRow, read_features

__all__ = [
    "CONSENSUS",
    "Case",
    "FeatureRow",
    "ReviewEvent",
    "Role",
    "Segmentation",
    "State",
    "Study",
    "StudySettings",
    "check_patient_id",
    "check_rater",
    "read_features",
]
