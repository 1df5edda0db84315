"""What the words of series descriptions and file names mean: one table for all of them.

A description is split into words, and only words that stand in these tables are understood, and
shown. Everything else in it may be a name, a date or a number of the patient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Weighting(StrEnum):
    """What dominates the contrast between tissues, leaving contrast agent aside."""

    T1 = "T1"
    T2 = "T2"
    FLAIR = "FLAIR"
    PROTON_DENSITY = "proton density"


_WEIGHTINGS = {
    Weighting.T1: "t1 t1w mprage bravo spgr fspgr tfl vibe irspgr irfspgr",
    Weighting.T2: "t2 t2w",
    Weighting.FLAIR: "flair tirm darkfluid t2f",
    Weighting.PROTON_DENSITY: "pd pdw proton",
}
_WITH_AGENT = (
    "postcontrast postgado gd gado gadolinium gadovist gadavist gadobutrol dotarem clariscan "
    "magnevist prohance multihance omniscan elucirem vueway ce contrast contraste contrasted "
    "kontrast km mdc injected injection t1c"
)
_WITHOUT_AGENT = "precontrast native nativ unenhanced nonenhanced plain t1n"

_OTHER_IMAGES = {
    "a localiser": "localiser localizer localisers localizers loc scout survey 3plane threeplane "
    "aahscout plan",
    "a diffusion image": "dwi dti diff diffusion adc eadc expadc trace tracew fa colfa hardi dki "
    "noddi tensor b0 b500 b800 b1000 b2000",
    "a perfusion image": "perf perfusion dsc dce pwi asl pcasl pasl cbv rcbv cbf rcbf mtt ttp tmax "
    "dynamic dyn twist",
    "a susceptibility image": "swi swan t2star hemo venbold minip phase pha qsm",
    "an angiography": "tof mra angio mrv venogram inhance",
    "spectroscopy": "mrs svs press csi spectro spectroscopy",
    "a functional image": "bold fmri rest resting task",
    "a heavily T2-weighted image of fluid": "ciss fiesta drive bffe",
    "a fat-suppressed short-inversion image": "stir",
    "one part of MP2RAGE": "mp2rage inv1 inv2 uni",
    "calculated from others": "sub subtraction subtracted t1map t2map map mip projection",
    "a calibration": "cal calibration asset b1 b1map fieldmap shim prescan senseref",
    "of another region": "spine cspine tspine lspine cervical thoracic lumbar sacrum neck knee hip "
    "shoulder ankle wrist elbow breast chest cardiac heart abdomen liver pelvis prostate orbit "
    "orbits pituitary sella iac iacs",
}
_PERFUSION = frozenset(_OTHER_IMAGES["a perfusion image"].split())
_SEGMENTATION = (
    "seg segmentation label labels labelmap mask brainmask glistrboost manuallycorrected"
)
# Shown beside the words above, and without a meaning for the naming.
_NEUTRAL = (
    "ax axial tra trans transverse sag sagittal cor coronal obl oblique 2d 3d se fse tse ffe tfe "
    "gre gr ir irse frfse fs fatsat fat sat supp brain head skull cube space vista brainview iso "
    "isotropic mpr propeller blade thin with without w pre post dual echo turbo spin gradient "
    "reg registered stripped bet warped n4 resampled raw orig original dark fluid"
)

_WEIGHTING_OF = {
    word: weighting for weighting, words in _WEIGHTINGS.items() for word in words.split()
}
_OTHER_OF = {word: kind for kind, words in _OTHER_IMAGES.items() for word in words.split()}
_AGENT_WORDS = frozenset(_WITH_AGENT.split())
_NO_AGENT_WORDS = frozenset(_WITHOUT_AGENT.split())
_MASK_WORDS = frozenset(_SEGMENTATION.split())
_VOCABULARY = (
    set(_WEIGHTING_OF) | set(_OTHER_OF) | _AGENT_WORDS | _NO_AGENT_WORDS | _MASK_WORDS
) | set(_NEUTRAL.split())

_AGENT = r"(?:contrast\w*|gd|gad\w*|km|mdc|ce|c|injection|inj)"
# What is written in several words or with signs, brought to one word; the order matters.
_SPELLINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[_^]", " "),
        # After an operation or a treatment: that says nothing of contrast agent.
        (r"\b(?:pre|post)[ -]*(?:op\w*|surg\w*|rt|radi\w*|treat\w*|tx|chemo\w*)\b", " "),
        (r"\bt2 ?\*", " t2star "),
        (r"\bw ?/ ?o\b", " without "),
        (rf"\b(?:without|sans|ohne|senza|sin|non?|kein|keine)[ -]*{_AGENT}\b", " precontrast "),
        (r"\bwithout\s*$", " precontrast "),
        (rf"\bpre[ -]*{_AGENT}\b|\bpre\b", " precontrast "),
        (rf"\bpost[ -]*{_AGENT}\b|\bpost\b", " postcontrast "),
        (rf"\+ ?{_AGENT}\b|\bc ?\+", " postcontrast "),
        (r"(?<![a-z0-9])c ?-(?![a-z0-9])", " precontrast "),
        (r"\b(?:t2w?[ -]*f(?:lair)?|dark[ -]*fluid)\b", " flair "),
        (r"\bt1(?:w|wi)?[ -]*(?:c|ce|gd|gad|gado|post)\b", " t1 postcontrast "),
        (r"\bt1(?:w|wi)?(?:n|pre)\b", " t1 precontrast "),
        # Words that are run together: T1W_SE, 3DT1, sT1W, T1MPRAGE.
        (r"\b(?:s|([23]d))(?=t[12])", r" \1 "),
        (
            r"\b(t[12])(?:wi?)?(?=mprage|tse|fse|se|spgr|tfe|ffe|gre|ir|space|cube|flair|ax|sag|cor|"
            r"tra|[23]d)",
            r" \1 ",
        ),
        (r"\bt([12])wi\b", r" t\1 "),
    )
)
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Words:
    """What a description or a file name says.

    Attributes
    ----------
    weightings
        The weightings that are named; more than one where it contradicts itself.
    with_agent, without_agent
        Whether contrast agent is named, and whether its absence is.
    other
        What else it is, such as ``a localiser``; None where nothing says so.
    is_perfusion
        Whether it is a perfusion image: contrast agent flows from then on.
    is_mask
        Whether it is a segmentation or a mask.
    shown
        The words that may be shown, in their order.
    """

    weightings: frozenset[Weighting]
    with_agent: bool
    without_agent: bool
    other: str | None
    is_perfusion: bool
    is_mask: bool
    shown: str


def read_words(text: str) -> Words:
    """Understand a description: its known words, whatever stands between them."""
    words = _split(text)
    known = set(words)
    weightings = {_WEIGHTING_OF[word] for word in words if word in _WEIGHTING_OF}
    # "T2 FLAIR" is a FLAIR; "T1 FLAIR" is how one vendor calls T1 with an inversion pulse.
    if Weighting.FLAIR in weightings:
        weightings = {Weighting.T1} if Weighting.T1 in weightings else {Weighting.FLAIR}
    shown = [word for word in words if word in _VOCABULARY]
    return Words(
        weightings=frozenset(weightings),
        with_agent=bool(known & _AGENT_WORDS),
        without_agent=bool(known & _NO_AGENT_WORDS),
        other=next((_OTHER_OF[word] for word in words if word in _OTHER_OF), None),
        is_perfusion=bool(known & _PERFUSION),
        is_mask=bool(known & _MASK_WORDS),
        shown=" ".join(dict.fromkeys(shown)),
    )


def first_weighting(text: str) -> int | None:
    """Return where in a file name the first word of a weighting begins; None without one."""
    lower = text.lower()
    places = [
        match.start()
        for match in re.finditer(r"[a-z0-9+]+", lower)
        if read_words(match.group()).weightings
    ]
    return min(places, default=None)


def _split(text: str) -> list[str]:
    lower = text.lower()
    for pattern, replacement in _SPELLINGS:
        lower = pattern.sub(replacement, lower)
    return _WORD.findall(lower)
