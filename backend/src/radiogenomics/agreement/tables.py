"""The tables of a cohort's agreement as CSV, and what their columns mean.

Numbers are written with the fewest digits that read back as the same number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.agreement.cohort import FeatureAgreement, FeatureDifference
from radiogenomics.agreement.correlation import Estimate, IntraclassCorrelation
from radiogenomics.agreement.overlap import RoiAgreement
from radiogenomics.errors import InputError
from radiogenomics.study.tables import write_csv, write_dictionary

FOLDER = "agreement"
"""Where the tables lie in a study, unless said otherwise."""
CASES = "agreement.csv"
FEATURES = "feature_agreement.csv"
DIFFERENCES = "feature_differences.csv"
DICTIONARY = "agreement.dictionary.csv"

_RATERS = "By name; of each the newest version that was submitted and not returned"
_CASE_COLUMNS = (
    ("patient_id", "", "Patient, such as TCGA-02-0006"),
    ("roi", "", "Region: enhancing or edema; all its voxels count, not the largest component only"),
    ("rater_1", "", _RATERS),
    ("version_1", "", "Version of the first rater's segmentation"),
    ("rater_2", "", _RATERS),
    ("version_2", "", "Version of the second rater's segmentation"),
    ("dice", "1", "2 |A and B| / (|A| + |B|); empty where both regions are, 0 where one is"),
    (
        "hausdorff_95",
        "mm",
        "Larger of the two directed 95th percentiles of the surfaces' distances; empty where one "
        "or both of the regions are",
    ),
    ("mean_surface_distance", "mm", "Average distance of all voxels of both surfaces to the other"),
    ("hausdorff", "mm", "Largest distance of a surface voxel to the other surface"),
    ("volume_1", "mm3", "Volume of the first rater's region"),
    ("volume_2", "mm3", "Volume of the second rater's region"),
    ("volume_difference", "mm3", "Second less first"),
    ("volume_difference_percent", "%", "The difference in percent of the mean of both volumes"),
)
_FEATURE_COLUMNS = (
    ("roi", "", "Region: enhancing or edema"),
    ("feature", "", "One of the ten shape features, see features.dictionary.csv"),
    ("unit", "", "Of the feature"),
    ("cases", "", "Cases of the complete block of cases and raters, both regions not empty"),
    ("raters", "", "Raters of that block"),
    ("icc_single", "1", "ICC(2,1) of Shrout and Fleiss: one rater's value, absolute agreement"),
    ("icc_single_low", "1", "Lower end of its 95 % interval (McGraw and Wong 1996)"),
    ("icc_single_high", "1", "Upper end"),
    ("icc_average", "1", "ICC(2,k): the mean of the raters' values"),
    ("icc_average_low", "1", "Lower end of its 95 % interval"),
    ("icc_average_high", "1", "Upper end"),
    (
        "agreement",
        "",
        "By icc_single_low: poor, moderate above 0.5, good above 0.75, excellent above 0.9 "
        "(Koo and Li 2016)",
    ),
)
_DIFFERENCE_COLUMNS = (
    ("roi", "", "Region: enhancing or edema"),
    ("feature", "", "One of the ten shape features, see features.dictionary.csv"),
    ("unit", "", "Of the feature, and of all values but the last"),
    ("rater_1", "", _RATERS),
    ("rater_2", "", _RATERS),
    ("cases", "", "Cases that both have measured, neither region empty"),
    ("bias", "unit", "Mean of second less first (Bland and Altman 1999)"),
    ("bias_low", "unit", "Lower end of its 95 % interval"),
    ("bias_high", "unit", "Upper end"),
    ("sd", "unit", "Standard deviation of the differences"),
    ("lower", "unit", "Lower limit of agreement: bias less 1.96 sd"),
    ("lower_low", "unit", "Lower end of its 95 % interval"),
    ("lower_high", "unit", "Upper end"),
    ("upper", "unit", "Upper limit of agreement: bias plus 1.96 sd"),
    ("upper_low", "unit", "Lower end of its 95 % interval"),
    ("upper_high", "unit", "Upper end"),
    ("typical_percent", "%", "Median absolute difference in percent of the two values' mean"),
)


@dataclass(frozen=True)
class CaseAgreement:
    """How two raters agree on one ROI of one case.

    Attributes
    ----------
    patient_id
        Of the case.
    raters, versions
        First and second.
    agreement
        The values.
    """

    patient_id: str
    raters: tuple[str, str]
    versions: tuple[int, int]
    agreement: RoiAgreement


def write_cases(path: Path, rows: Iterable[CaseAgreement]) -> None:
    """Write one row a case, ROI and pair of raters; raises `StudyError` as `write_csv` does."""
    table = (
        (
            row.patient_id,
            row.agreement.roi,
            row.raters[0],
            row.versions[0],
            row.raters[1],
            row.versions[1],
            *map(
                _text,
                (
                    row.agreement.dice,
                    row.agreement.hausdorff_95,
                    row.agreement.mean_surface_distance,
                    row.agreement.hausdorff,
                    row.agreement.volume_first,
                    row.agreement.volume_second,
                    row.agreement.volume_difference,
                    row.agreement.volume_difference_percent,
                ),
            ),
        )
        for row in rows
    )
    write_csv(path, _names(_CASE_COLUMNS), table)


def write_feature_agreement(path: Path, rows: Iterable[FeatureAgreement]) -> None:
    """Write one row a feature and ROI; raises `StudyError` as `write_csv` does."""
    table = (
        (
            row.roi,
            row.feature,
            row.unit,
            row.cases,
            row.raters,
            *(
                ("",) * 6
                if row.correlation is None
                else (*_ends(row.correlation.single), *_ends(row.correlation.average))
            ),
            row.word,
        )
        for row in rows
    )
    write_csv(path, _names(_FEATURE_COLUMNS), table)


def write_differences(path: Path, rows: Iterable[FeatureDifference]) -> None:
    """Write one row a feature, ROI and pair of raters; raises `StudyError` as `write_csv` does."""
    table = (
        (
            row.roi,
            row.feature,
            row.unit,
            *row.raters,
            row.limits.cases,
            *_ends(row.limits.bias),
            _text(row.limits.sd),
            *_ends(row.limits.lower),
            *_ends(row.limits.upper),
            _text(row.typical_percent),
        )
        for row in rows
    )
    write_csv(path, _names(_DIFFERENCE_COLUMNS), table)


def write_agreement_dictionary(path: Path) -> None:
    """Write what every column of the three tables means; one row a table and column."""
    tables = (
        (CASES, _CASE_COLUMNS),
        (FEATURES, _FEATURE_COLUMNS),
        (DIFFERENCES, _DIFFERENCE_COLUMNS),
    )
    write_dictionary(
        path,
        (
            (f"{table}: {name}", unit, meaning)
            for table, columns in tables
            for name, unit, meaning in columns
        ),
    )


def read_feature_agreement(path: Path) -> list[FeatureAgreement]:
    """Read what `write_feature_agreement` wrote.

    Raises
    ------
    InputError
        If the file is not such a table; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"Cannot read {path}: {error}. Make it with: radiogenomics agree"
        ) from error
    reader = csv.DictReader(io.StringIO(text))
    missing = set(_names(_FEATURE_COLUMNS)) - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"{path} is not a table of the raters' agreement: it lacks the columns "
            f"{', '.join(sorted(missing))}. Make it with: radiogenomics agree"
        )
    rows = []
    for record in reader:
        try:
            cases, raters = int(record["cases"]), int(record["raters"])
            correlation = None
            if record["icc_single"]:
                single, average = _estimate(record, "icc_single"), _estimate(record, "icc_average")
                correlation = IntraclassCorrelation(cases, raters, single, average)
            rows.append(
                FeatureAgreement(
                    record["roi"], record["feature"], record["unit"], cases, raters, correlation
                )
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}.") from error
    return rows


def _estimate(record: dict[str, str], name: str) -> Estimate:
    value, low, high = (float(record[name + end]) for end in ("", "_low", "_high"))
    return Estimate(value, low, high)


def _names(columns: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(name for name, _, _ in columns)


def _ends(estimate: Estimate) -> tuple[str, str, str]:
    return _text(estimate.value), _text(estimate.low), _text(estimate.high)


def _text(value: float | None) -> str:
    return "" if value is None else repr(float(value))
