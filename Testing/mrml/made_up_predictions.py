"""Predictions of a small cohort that never was."""

from dataclasses import replace

from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.labels import MEASURED_ROIS
from radiogenomics.study.predictions import Prediction

CASE = "TCGA-02-0003"
TYPICAL = {"mm3": 30000.0, "mm2": 6000.0, "1/mm": 0.2, "mm": 45.0, "1": 0.5}


def made_up_predictions(rng):
    """Three models over twelve patients, the last of whom is new and was not measured."""
    rows = []
    for model in ("network", "median", "mean"):
        for number in range(12):
            for roi in MEASURED_ROIS:
                for feature, unit in FEATURE_UNITS.items():
                    measured, predicted = TYPICAL[unit] * rng.lognormal(0, 0.3, 2)
                    rows.append(
                        Prediction(
                            patient_id=f"TCGA-02-{number:04d}",
                            roi=roi,
                            feature=feature,
                            unit=unit,
                            measured=measured,
                            predicted=predicted,
                            lower=0.8 * predicted,
                            upper=1.3 * predicted,
                            model=model,
                            kind="out_of_fold",
                            fold=number % 5 + 1,
                            run_id="r1",
                        )
                    )
    return [
        replace(row, measured=None, kind="final", fold=None)
        if row.patient_id == "TCGA-02-0011"
        else row
        for row in rows
    ]
