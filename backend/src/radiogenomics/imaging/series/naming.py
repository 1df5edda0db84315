"""How a series is named from what its tags tell: every rule stands here, with the reason it gives.

Two things are asked: how the series is weighted, and, for T1, whether contrast agent was given.
Each is told by the words of the description and by the tags; where the two contradict each other,
or neither tells, the series stays without a name, and whoever reads the reason chooses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from radiogenomics.imaging.series.found import Contrast
from radiogenomics.imaging.series.words import Weighting, Words, read_words


@dataclass(frozen=True)
class Parameters:
    """What tags, or a side-car, tell of how a series was acquired; nothing of the patient.

    Attributes
    ----------
    description, protocol
        Of the series; they may hold anything, so they are never shown.
    repetition_time, echo_time, inversion_time
        In ms; None where not given.
    sequences
        Scanning sequence: SE, IR, GR, EP, RM.
    image_type
        Image type, such as ORIGINAL, PRIMARY, M.
    agent
        Whether a tag tells that contrast agent was given.
    is_angiography
        Whether a tag tells that it is an angiography.
    body_part
        The region by its tag; never shown.
    is_before_agent
        Whether it was taken before the first series of the examination with contrast agent.
    """

    description: str = ""
    protocol: str = ""
    repetition_time: float | None = None
    echo_time: float | None = None
    inversion_time: float | None = None
    sequences: frozenset[str] = frozenset()
    image_type: tuple[str, ...] = ()
    agent: bool = False
    is_angiography: bool = False
    body_part: str = ""
    is_before_agent: bool = False


@dataclass(frozen=True)
class Named:
    """A name, or None, and the reason; ``refused`` for what can never be an image of a case."""

    contrast: Contrast | None
    reason: str
    refused: bool = False


@dataclass(frozen=True)
class _Unclear:
    """Why a weighting is not told."""

    why: str


_CONTRAST_OF = {Weighting.T2: Contrast.T2, Weighting.FLAIR: Contrast.FLAIR}

# Values of the image type, and what such an image is.
_IMAGE_TYPES = {
    "LOCALIZER": "a localiser",
    "LOCALISER": "a localiser",
    "ADC": "a diffusion map",
    "TRACEW": "a diffusion map",
    "TRACE": "a diffusion map",
    "FA": "a diffusion map",
    "DIFFUSION": "a diffusion image",
    "PERFUSION": "a perfusion image",
    "CBV": "a perfusion map",
    "RELCBV": "a perfusion map",
    "CBF": "a perfusion map",
    "RELCBF": "a perfusion map",
    "MTT": "a perfusion map",
    "TTP": "a perfusion map",
    "ASL": "a perfusion map",
    "FMRI": "a functional image",
    "MPR": "reformatted from another series",
    "REFORMATTED": "reformatted from another series",
    "RESAMPLED": "reformatted from another series",
    "MIP": "a projection",
    "MINIP": "a projection",
    "MIN_IP": "a projection",
    "PROJECTION IMAGE": "a projection",
    "SUBTRACTION": "a difference of two series",
    "SUB": "a difference of two series",
    "P": "a phase image",
    "PHASE": "a phase image",
    "PHASE MAP": "a phase image",
    "R": "the real part of an image",
    "REAL": "the real part of an image",
    "I": "the imaginary part of an image",
    "IMAGINARY": "the imaginary part of an image",
    "T1 MAP": "a map",
    "T2 MAP": "a map",
    "R2 MAP": "a map",
    "SCREEN SAVE": "a picture of the screen",
    "OTHER_SCREEN": "a picture of the screen",
    "MOSAIC": "slices laid out in one picture",
    "CSA REPORT": "a report",
}

# Times in ms that tell the weightings apart at 1.5 and 3 tesla.
_LONG_INVERSION, _SHORT_INVERSION = 1500.0, 300.0
_LONG_REPETITION, _SHORT_REPETITION = 2000.0, 1200.0
_LONG_ECHO, _SHORT_ECHO = 60.0, 40.0


def name_by_parameters(parameters: Parameters) -> Named:
    """Name a series, or say why it has no name."""
    words = _words(parameters)
    other = _other(parameters, words)
    if other is not None:
        return Named(None, other)
    weighting = _weighting(parameters, words)
    if isinstance(weighting, _Unclear):
        return Named(None, weighting.why)
    told = _times(parameters) or "by its description, without TR and TE"
    if weighting is Weighting.T1:
        return _with_or_without_agent(parameters, words, told)
    contrast = _CONTRAST_OF.get(weighting)
    return Named(contrast, f"{weighting if contrast else 'proton density'}: {told}")


def shows_agent(parameters: Parameters) -> bool:
    """Whether contrast agent is in the patient from this series on; perfusion brings it, too."""
    words = _words(parameters)
    return parameters.agent or words.with_agent or words.is_perfusion


def _words(parameters: Parameters) -> Words:
    """Understand the description, and where that says nothing of the image, the protocol.

    Of contrast agent only the description tells: the protocol of an examination with and without
    contrast is often that of all its series.
    """
    words = read_words(parameters.description)
    if not parameters.description.strip():
        return read_words(parameters.protocol)
    if words.weightings or words.other:
        return words
    protocol = read_words(parameters.protocol)
    return replace(words, weightings=protocol.weightings, other=protocol.other)


def _weighting(parameters: Parameters, words: Words) -> Weighting | _Unclear:
    by_words, by_times = _by_words(words), _by_times(parameters)
    contradiction = _contradiction(parameters, words, by_times)
    if contradiction is not None:
        return _Unclear(contradiction)
    if by_words is not None:
        return by_words
    # Without an inversion, the times tell the weighting of a spin echo only: localisers, field
    # maps and T1 look alike among gradient echoes.
    if by_times is not None and {"SE", "IR"} & parameters.sequences:
        return by_times
    times = _times(parameters)
    if not times:
        return _Unclear("neither the description nor TR, TE and TI tell what it is")
    return _Unclear(f"the description does not tell what it is, nor do {times}")


def _contradiction(parameters: Parameters, words: Words, by_times: Weighting | None) -> str | None:
    said = " and ".join(sorted(words.weightings))
    if by_times is not None and words.weightings and by_times not in words.weightings:
        return f"the description says {said}, but {_times(parameters)} are those of {by_times}"
    is_gradient_echo = "GR" in parameters.sequences and "SE" not in parameters.sequences
    if is_gradient_echo and words.weightings - {Weighting.T1}:
        return f"the description says {said}, but it is a gradient echo, which gives T1 alone"
    if by_times is None and len(words.weightings) > 1:
        return f"the description says {said}"
    return None


def _other(parameters: Parameters, words: Words) -> str | None:
    """Say what a series is that is no T1, T2 or FLAIR at all; None where it may be one."""
    types = [value.upper() for value in parameters.image_type]
    region = read_words(parameters.body_part).other
    is_short = 0 < (parameters.inversion_time or 0) < _SHORT_INVERSION
    reasons = (
        *(
            f"{_IMAGE_TYPES[value]} (image type {value})"
            for value in types
            if value in _IMAGE_TYPES
        ),
        "an angiography (angio flag)" if parameters.is_angiography else None,
        f"{region} (body part)" if region else None,
        f"{words.other} by its description" if words.other else None,
        "echo-planar, as diffusion and perfusion are" if "EP" in parameters.sequences else None,
        "an image with a short inversion time (STIR)"
        if is_short and "GR" not in parameters.sequences
        else None,
        "calculated from other images (image type DERIVED)" if types[:1] == ["DERIVED"] else None,
    )
    return next((reason for reason in reasons if reason is not None), None)


def _by_words(words: Words) -> Weighting | None:
    return next(iter(words.weightings)) if len(words.weightings) == 1 else None


def _by_times(parameters: Parameters) -> Weighting | None:
    """Tell the weighting from repetition, echo and inversion time; None between the rules."""
    repetition, echo = parameters.repetition_time, parameters.echo_time
    if repetition is None or echo is None:
        return None
    inversion = parameters.inversion_time or 0.0
    if inversion > 0 or "IR" in parameters.sequences:
        return _by_inversion(inversion, echo)
    if "GR" in parameters.sequences and "SE" not in parameters.sequences:
        return None
    return _by_spin_echo(repetition, echo)


def _by_spin_echo(repetition: float, echo: float) -> Weighting | None:
    if repetition <= _SHORT_REPETITION and echo <= _SHORT_ECHO:
        return Weighting.T1
    if repetition >= _LONG_REPETITION and echo >= _LONG_ECHO:
        return Weighting.T2
    if repetition >= _LONG_REPETITION and echo <= _SHORT_ECHO:
        return Weighting.PROTON_DENSITY
    return None


def _by_inversion(inversion: float, echo: float) -> Weighting | None:
    """Tell the weighting after an inversion pulse; None for STIR and for a time of 0 (not told)."""
    if inversion >= _LONG_INVERSION and echo >= _LONG_ECHO:
        return Weighting.FLAIR
    # MPRAGE, gradient echo with an inversion pulse, and T1 FLAIR.
    if _SHORT_INVERSION <= inversion < _LONG_INVERSION and echo <= _SHORT_ECHO:
        return Weighting.T1
    return None


def _with_or_without_agent(parameters: Parameters, words: Words, told: str) -> Named:
    if (parameters.agent or words.with_agent) and words.without_agent:
        return Named(None, f"T1: {told}; tags and description disagree on contrast agent")
    if parameters.agent:
        return Named(Contrast.T1C, f"T1 with contrast: {told}, contrast agent given (tag)")
    if words.with_agent:
        return Named(Contrast.T1C, f"T1 with contrast: {told}, contrast agent by its description")
    if words.without_agent:
        return Named(
            Contrast.T1, f"T1 without contrast: {told}, no contrast agent by its description"
        )
    if parameters.is_before_agent:
        return Named(
            Contrast.T1,
            f"T1 without contrast: {told}, taken before the first series with contrast agent",
        )
    return Named(None, f"T1: {told}; neither tags nor description tell whether contrast was given")


def _times(parameters: Parameters) -> str:
    named = {
        "TR": parameters.repetition_time,
        "TE": parameters.echo_time,
        "TI": parameters.inversion_time or None,
    }
    return ", ".join(
        f"{name} {round(time, 2):g} ms" for name, time in named.items() if time is not None
    )
