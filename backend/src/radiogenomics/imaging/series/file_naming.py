"""Which image a NIfTI or NRRD file holds: by BIDS, by its side-car, or by its name."""

from __future__ import annotations

import re
from pathlib import Path

from radiogenomics.imaging.series.found import Contrast
from radiogenomics.imaging.series.naming import Named, Parameters, name_by_parameters
from radiogenomics.imaging.series.words import Weighting, Words, first_weighting, read_words
from radiogenomics.imaging.volumes import strip_suffix

_BIDS = re.compile(
    r"(?P<subject>sub-[A-Za-z0-9]+)(?:_(?P<session>ses-[A-Za-z0-9]+))?"
    r"(?P<entities>(?:_[a-z]+-[A-Za-z0-9+]+)*)_(?P<suffix>[A-Za-z0-9]+)"
)
# "t1_to_t1c" may be either, moved or still.
_REGISTERED_TO = re.compile(r"(?<![a-z0-9])(?:in|on)?to(?![a-z0-9])", re.IGNORECASE)
_BIDS_WEIGHTINGS = {"T1w": Weighting.T1, "T2w": Weighting.T2, "FLAIR": Weighting.FLAIR}
_BIDS_NO_AGENT = {"none", "no", "pre", "without"}
_CONTRAST_OF = {Weighting.T2: Contrast.T2, Weighting.FLAIR: Contrast.FLAIR}


def name_file(path: Path, sidecar: Parameters | None) -> Named:
    """Name the image of a file.

    Parameters
    ----------
    path
        The file; only its name is looked at.
    sidecar
        What the JSON file beside it tells of the acquisition; None where there is none.
    """
    stem = stem_of(path)
    bids = _BIDS.fullmatch(stem)
    if bids is not None and bids["suffix"] in _BIDS_WEIGHTINGS:
        named = _by_bids(bids)
        if named.contrast is Contrast.T1 and sidecar is not None and sidecar.agent:
            return Named(None, "BIDS: T1w without ce, but its side-car names a contrast agent")
        return named
    words = read_words(stem)
    if words.is_mask or path.name.lower().endswith(".seg.nrrd"):
        return Named(None, "its name is that of a segmentation or a mask", refused=True)
    by_name = _by_name(stem)
    if sidecar is None:
        return by_name
    # An export calls T1 with contrast agent "t1" as well: that name says less than the side-car.
    is_bare = by_name.contrast is Contrast.T1 and not words.without_agent
    return _joined(Named(None, by_name.reason) if is_bare else by_name, name_by_parameters(sidecar))


def _joined(by_name: Named, by_sidecar: Named) -> Named:
    """Join what a file's name and its side-car tell."""
    if by_name.contrast is None or by_name.contrast is by_sidecar.contrast:
        return Named(by_sidecar.contrast, f"side-car: {by_sidecar.reason}")
    if by_sidecar.contrast is None:
        return by_name
    return Named(None, f"{by_name.reason}, but the side-car says: {by_sidecar.reason}")


def subject_of(path: Path) -> str | None:
    """Return the subject of a BIDS file, such as ``sub-01``; None for any other file."""
    bids = _BIDS.fullmatch(stem_of(path))
    return None if bids is None else bids["subject"]


def visit_of(path: Path) -> tuple[str, str] | None:
    """Return what files of one patient and visit have in common: folder, and how names begin.

    None for a file whose name has no word of a weighting.
    """
    stem = stem_of(path)
    bids = _BIDS.fullmatch(stem)
    if bids is not None:
        return "", f"{bids['subject']}_{bids['session']}"
    begin = first_weighting(stem)
    return None if begin is None else (str(path.parent), stem[:begin].strip("_-. ").casefold())


def stem_of(path: Path) -> str:
    """File name without the suffix of its format."""
    return strip_suffix(path.name) or path.stem


def _by_bids(bids: re.Match[str]) -> Named:
    suffix = bids["suffix"]
    weighting = _BIDS_WEIGHTINGS[suffix]
    if weighting is not Weighting.T1:
        return Named(_CONTRAST_OF[weighting], f"BIDS: {suffix}")
    entities = dict(part.split("-", 1) for part in bids["entities"].split("_") if part)
    words = read_words(" ".join(entities.get(key, "") for key in ("acq", "rec", "desc")))
    agent = entities.get("ce", "").casefold()
    with_agent = bool(agent) and agent not in _BIDS_NO_AGENT
    if (with_agent or words.with_agent) and words.without_agent:
        return Named(None, "BIDS: T1w, both with and without contrast agent by its name")
    if with_agent:
        return Named(Contrast.T1C, "BIDS: T1w with a contrast agent (ce)")
    if words.with_agent:
        return Named(Contrast.T1C, "BIDS: T1w, after contrast agent by its acq, rec or desc")
    return Named(Contrast.T1, "BIDS: T1w without a contrast agent (no ce)")


def _by_name(stem: str) -> Named:
    begin = first_weighting(stem)
    if begin is None:
        return Named(None, "its name has no word such as t1c, flair, t2 or t1")
    # In the names of BIDS "sub-" is the subject, no subtraction.
    head = read_words(re.sub(r"^sub-[^_]*", "", stem[:begin]))
    tail = read_words(stem[begin:])
    other = tail.other or head.other
    if other is not None:
        return Named(None, f"by its name {other}")
    if len(tail.weightings) > 1 or _REGISTERED_TO.search(stem[begin:]):
        return Named(None, "its name speaks of several images")
    (weighting,) = tail.weightings
    if weighting is Weighting.T1:
        return _t1_by_name(head, tail)
    contrast = _CONTRAST_OF.get(weighting)
    verb = "named" if contrast else "no image of a case:"
    return Named(contrast, f"{verb} {weighting} by its file name")


def _t1_by_name(head: Words, tail: Words) -> Named:
    with_agent = tail.with_agent or head.with_agent
    if with_agent and (tail.without_agent or head.without_agent):
        return Named(None, "T1 both with and without contrast agent by its name")
    if with_agent and not tail.with_agent:
        # "post_t1" may be after contrast agent, after an operation, or a patient's initials.
        return Named(None, "T1; whether contrast agent was given its name does not tell for sure")
    if with_agent:
        return Named(Contrast.T1C, "named T1 with contrast by its file name")
    return Named(Contrast.T1, "named T1, without a mark of contrast agent, by its file name")
