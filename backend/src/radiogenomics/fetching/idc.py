"""MR series of the Imaging Data Commons: found in its index, fetched with its program.

The index comes with the package ``idc-index-data``, a table of every series that the Commons hands
out; nothing is asked over the network to search it.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radiogenomics.errors import InputError
from radiogenomics.study.names import check_patient_id

COLUMNS = (
    "collection_id",
    "PatientID",
    "StudyDate",
    "SeriesInstanceUID",
    "SeriesDescription",
    "Modality",
    "instanceCount",
    "series_size_MB",
    "series_aws_url",
    "license_short_name",
    "source_DOI",
)
"""What is read of the index."""

# Series that no segmentation is drawn on, by words of their descriptions: diffusion, perfusion,
# functional and spectroscopic ones, and localisers. What it is not sure of is fetched.
_NOT_ANATOMICAL = re.compile(
    r"dti|diff|dwi|mddw|\badc\b|perf|\bdsc\b|\bdce\b|bold|fmri|spectro|\bcsi\b|\basl\b|"
    r"local|scout|survey|calib",
    re.IGNORECASE,
)
_UID = re.compile(r"[0-9.]+")


@dataclass(frozen=True)
class IndexedSeries:
    """A series of the index.

    Attributes
    ----------
    patient_id, uid
        Whose it is, and its SeriesInstanceUID.
    address
        Its objects, such as ``s3://idc-open-data/.../*``.
    files
        How many there are.
    megabytes
        Their size.
    licence, doi
        Under which it is handed out, and what to cite for it.
    """

    patient_id: str
    uid: str
    address: str
    files: int
    megabytes: float
    licence: str
    doi: str


@dataclass(frozen=True)
class Selection:
    """The series to fetch.

    Attributes
    ----------
    series
        By patient.
    left_out
        How many series of the same patients are not fetched, by reason.
    without
        Patients who have no series left.
    """

    series: tuple[IndexedSeries, ...]
    left_out: Mapping[str, int]
    without: tuple[str, ...] = ()

    @property
    def patients(self) -> tuple[str, ...]:
        """Whose series they are."""
        return tuple(dict.fromkeys(one.patient_id for one in self.series))

    def terms(self) -> list[str]:
        """Return the licences and DOIs of these series, one a line, and how much they are."""
        licences = sorted({f"{one.licence}, cite doi:{one.doi}" for one in self.series})
        size = sum(one.megabytes for one in self.series)
        return [
            f"Series:  {len(self.series)} of {len(self.patients)} patients, {size:.0f} MB",
            *(f"         under {licence}" for licence in licences),
        ]


def read_index(collection: str) -> pd.DataFrame:
    """Return the MR series of a collection from the installed index; empty where it has none.

    Raises
    ------
    InputError
        If the index is not installed.
    """
    try:
        installed = importlib.import_module("idc_index_data")
    except ImportError as error:
        raise InputError(
            "The index of the Imaging Data Commons is not installed. Run in the folder of the "
            "sources: pip install './backend[fetch]'"
        ) from error
    return pd.read_parquet(
        installed.IDC_INDEX_PARQUET_FILEPATH,
        columns=list(COLUMNS),
        filters=[("collection_id", "==", collection), ("Modality", "==", "MR")],
    )


def choose_series(
    index: pd.DataFrame, collection: str, patients: Collection[str] = ()
) -> Selection:
    """Choose the anatomical series of the first day on which a patient has any.

    The first day is the one before the operation, where a collection has it at all. What a series
    shows is left to the preparation, which reads its headers; only what is surely no T1, T2 or
    FLAIR is left out here.

    Parameters
    ----------
    index
        Rows with `COLUMNS`, as from `read_index`.
    collection
        For the messages.
    patients
        Whose to fetch; empty for all.

    Raises
    ------
    InputError
        If there is none, or none of a patient that was named.
    """
    if index.empty:
        raise InputError(_nothing_in(collection))
    absent = sorted(set(patients) - set(index["PatientID"]))
    if absent:
        raise InputError(
            f"{collection} has no MR of {', '.join(absent[:10])}"
            f"{f' and {len(absent) - 10} more' if len(absent) > 10 else ''} in the Imaging Data "
            "Commons. Leave them out of --patients."
        )
    mine = index[index["PatientID"].isin(patients)] if patients else index
    other = mine["SeriesDescription"].fillna("").str.contains(_NOT_ANATOMICAL)
    anatomical = mine[~other]
    first_day = anatomical.groupby("PatientID")["StudyDate"].transform("min")
    chosen = anatomical[anatomical["StudyDate"] == first_day]
    left_out = {
        "no T1, T2 or FLAIR": int(other.sum()),
        "of a later day": len(anatomical) - len(chosen),
    }
    chosen = chosen.sort_values(["PatientID", "SeriesInstanceUID"])
    without = sorted(set(mine["PatientID"]) - set(chosen["PatientID"]))
    series = tuple(_series(row) for row in chosen.to_dict("records"))
    return Selection(series, left_out, tuple(map(str, without)))


def _series(row: Mapping[Hashable, object]) -> IndexedSeries:
    uid = str(row["SeriesInstanceUID"])
    if not _UID.fullmatch(uid):
        raise InputError(f"The index has a series {uid!r}, which is no DICOM UID. Reinstall it.")
    return IndexedSeries(
        patient_id=check_patient_id(str(row["PatientID"])),
        uid=uid,
        address=str(row["series_aws_url"]),
        files=int(str(row["instanceCount"])),
        megabytes=float(str(row["series_size_MB"])),
        licence=str(row["license_short_name"]),
        doi=str(row["source_DOI"]),
    )


def folder_of(series: IndexedSeries, root: Path) -> Path:
    """Return the folder of a series: patient, then series."""
    return root / series.patient_id / series.uid


def _nothing_in(collection: str) -> str:
    return (
        f"The Imaging Data Commons hands out no MR of {collection!r} (as of the installed index; "
        "update it with: pip install --upgrade idc-index-data). The scans of TCGA-GBM show faces, "
        "so TCIA gives them on application alone: see "
        "https://www.cancerimagingarchive.net/collection/tcga-gbm/ and prepare what you get with "
        "radiogenomics prepare. Open to all are the same patients' skull-stripped scans, in TCIA's "
        "package BraTS-TCGA-GBM (radiogenomics fetch mr --package FOLDER), and other glioblastomas "
        "(--collection upenn_gbm)."
    )
