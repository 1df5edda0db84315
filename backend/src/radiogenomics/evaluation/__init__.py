"""Errors of predictions, per feature and on average, and the tables that show them.

May import ``errors``, ``study``, ``expression``, ``models`` and ``training``. Importing it is
cheap.
"""

from radiogenomics.evaluation.metrics import (
    Average,
    FeatureError,
    averages,
    feature_errors,
    mean_absolute_error,
    mean_absolute_percentage_error,
    write_metrics,
)

__all__ = [
    "Average",
    "FeatureError",
    "averages",
    "feature_errors",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "write_metrics",
]
