"""Patients whose features the lead predicts worst."""

from __future__ import annotations

import numpy as np

from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.naming import plain_unit, with_unit
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    count,
    number,
    word,
    written,
)
from radiogenomics.shape.wording import in_shown_unit, shown_unit

SHOWN = 10
"""Rows that the page shows; the file has all patients."""


def patients_table(evidence: Evidence) -> Table:
    """Return all patients, the worst predicted first, with the feature that is farthest off."""
    aligned, lead = evidence.aligned, evidence.lead
    scaled = aligned.scaled_errors(lead.name)
    means = np.nanmean(scaled, axis=1)
    median = np.nanmean(aligned.scaled_errors("median"), axis=1)
    rows = []
    for patient in np.argsort(-means, kind="stable"):
        worst = int(np.nanargmax(scaled[patient]))
        feature = aligned.features[worst]
        measured, predicted = (
            in_shown_unit(float(values[patient, worst]), feature.unit)
            for values in (aligned.measured, aligned.predicted[lead.name])
        )
        unit = shown_unit(feature.unit)
        rows.append(
            Row(
                (
                    word(aligned.patients[patient]),
                    count(int(aligned.folds[patient])),
                    number(float(means[patient]), ".3f"),
                    number(float(median[patient]), ".3f"),
                    word(feature.roi),
                    word(feature.feature, with_unit(feature.feature, "1").lower()),
                    word(plain_unit(feature.unit)),
                    Cell(measured, f"{written(measured, 3)} {unit}".rstrip()),
                    Cell(predicted, f"{written(predicted, 3)} {unit}".rstrip()),
                )
            )
        )
    return Table(
        "patients",
        "Worst cases",
        f"The patients that the {lead.label} predicts worst: mean error over the features in parts "
        "of each feature's maximum, and the feature that is farthest off.",
        (
            Column("patient_id", "Patient", numeric=False),
            Column("fold", "Fold"),
            Column(f"mean_scaled_error_{lead.name}", lead.label, "Mean error"),
            Column("mean_scaled_error_median", "training median", "Mean error"),
            Column("worst_roi", "ROI", "Farthest off", numeric=False),
            Column("worst_feature", "feature", "Farthest off", numeric=False),
            Column("worst_unit", None),
            Column("measured", "measured", "Farthest off"),
            Column("predicted", "predicted", "Farthest off"),
        ),
        tuple(rows),
        (
            "A patient that the median misses as badly is unusual in shape; look at its "
            "segmentation first.",
        ),
    )
