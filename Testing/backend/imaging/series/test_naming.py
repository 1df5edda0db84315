"""Naming a series: what scanners and people write, and when it is not enough."""

from pathlib import Path

import pytest

from radiogenomics.imaging.series.file_naming import name_file
from radiogenomics.imaging.series.naming import Parameters, name_by_parameters
from radiogenomics.imaging.series.words import read_words


def named(description="", sequences="", tr=None, te=None, ti=None, **more):
    return name_by_parameters(
        Parameters(
            description=description,
            sequences=frozenset(sequences.split()),
            repetition_time=tr,
            echo_time=te,
            inversion_time=ti,
            **{"image_type": ("ORIGINAL", "PRIMARY", "M"), **more},
        )
    )


SPIN_T1 = ("SE", 500, 14)
MPRAGE = ("GR IR", 2300, 2.3, 900)
SPOILED = ("GR", 8, 3)


@pytest.mark.parametrize(
    "series",
    [
        ("t1_mprage_sag_p2_iso_KM", *MPRAGE),
        ("t1_tse_tra+km", "SE", 600, 9),
        ("Ax FSPGR 3D +C", "GR", 8, 3, 450),
        ("AX T1 C+", *SPIN_T1),
        ("+C AX T1", *SPIN_T1),
        ("AX T1 SE +C FS", *SPIN_T1),
        ("AX T1 W/ CONTRAST", *SPIN_T1),
        ("AX T1 W/CONTRAST", *SPIN_T1),
        ("AXIAL POST", *SPIN_T1),
        ("T1 GADO AX", *SPIN_T1),
        ("sT1W_3D_TFE post", *SPOILED),
        ("3DT1 Gd", *SPOILED),
        ("T13D gd", *SPOILED),
        ("T1 AX POST GD FLAIR", "SE IR", 2500, 10, 850),
        ("t1 post",),
    ],
    ids=lambda series: series[0],
)
def test_t1_with_contrast_is_known_by_the_words_of_its_description(series):
    assert named(*series).contrast == "t1c"


@pytest.mark.parametrize(
    "description",
    [
        "AX T1 PRE",
        "PRE GAD T1",
        "AX T1 PRE-CONTRAST",
        "AX T1 W/O CONTRAST",
        "AX T1 W/O",
        "T1 sans gado",
        "T1 ohne KM",
        "T1 nativ",
        "T1 non-contrast",
        "T1 C-",
    ],
)
def test_t1_without_contrast_is_known_by_the_words_of_its_description(description):
    assert named(description, *SPIN_T1).contrast == "t1"


@pytest.mark.parametrize(
    "series",
    [
        ("AX T2 FLAIR", "SE IR", 9000, 120, 2250),
        ("t2_tirm_tra_dark-fluid_320", "SE IR", 9000, 90, 2500),
        ("t2_space_dark-fluid_sag_p2_iso", "SE IR", 5000, 387, 1800),
        ("T2W_FLAIR", "IR", 11000, 125, 2800),
        ("FLAIR",),
        ("", "SE IR", 9000, 110, 2500),
    ],
    ids=lambda series: series[0],
)
def test_flair_is_known_by_its_words_or_its_times(series):
    assert named(*series).contrast == "flair"


@pytest.mark.parametrize(
    "series",
    [
        ("t2_tse_tra_512", "SE", 4000, 100),
        ("Ax T2 PROPELLER", "RM", 5000, 100),
        ("PD T2 dual echo", "SE", 3000, 90),
        ("", "SE", 3000, 90),
        ("T2W_TSE",),
    ],
    ids=lambda series: series[0],
)
def test_t2_is_known_by_its_words_or_its_times(series):
    assert named(*series).contrast == "t2"


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (("AX T2 PD", "SE", 3000, 15), "proton density"),
        (("localizer", "GR", 8, 4), "a localiser"),
        (("Survey",), "a localiser"),
        (("ep2d_diff_trace", "EP", 4000, 80), "a diffusion image"),
        (("ax", "EP", 4000, 80), "echo-planar"),
        (("t2_fl2d_tra_hemo", "GR", 620, 20), "a susceptibility image"),
        (("T2* GRE",), "a susceptibility image"),
        (("TOF 3D", "GR", 25, 5), "an angiography"),
        (("T1 DCE dynamic", *SPOILED), "a perfusion image"),
        (("T1 POST sub", *SPIN_T1), "calculated from others"),
        (("SAG T1 LSPINE POST", *SPIN_T1), "of another region"),
        (("t2_tirm_cor", "SE IR", 4000, 40, 160), "short inversion time"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_is_no_image_of_a_case_has_no_name_and_a_reason(series, reason):
    assert named(*series).contrast is None
    assert reason in named(*series).reason


@pytest.mark.parametrize(
    ("image_type", "reason"),
    [
        (("DERIVED", "SECONDARY", "MPR"), "reformatted"),
        (("DERIVED", "PRIMARY", "DIFFUSION", "ADC"), "diffusion"),
        (("ORIGINAL", "PRIMARY", "LOCALIZER"), "localiser"),
        (("DERIVED", "SECONDARY", "SUBTRACTION"), "difference"),
        (("ORIGINAL", "PRIMARY", "P"), "phase"),
        (("DERIVED", "SECONDARY"), "DERIVED"),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else None,
)
def test_what_the_image_type_excludes_has_no_name(image_type, reason):
    result = named("AX T1 POST", *SPIN_T1, image_type=image_type, agent=True)
    assert result.contrast is None
    assert reason in result.reason


def test_another_body_part_and_an_angiography_have_no_name_whatever_they_are_called():
    assert named("AX T1 POST", *SPIN_T1, body_part="KNEE").contrast is None
    assert named("AX T1 POST", *SPOILED, is_angiography=True).contrast is None
    assert named("AX T1 POST", *SPIN_T1, body_part="HEAD").contrast == "t1c"


def test_the_reason_says_the_times_and_what_told_of_the_contrast_agent():
    assert named("AX T1", *SPIN_T1, agent=True).reason == (
        "T1 with contrast: TR 500 ms, TE 14 ms, contrast agent given (tag)"
    )


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (("AX T2", *SPIN_T1), "the description says T2, but TR 500 ms, TE 14 ms are those of T1"),
        (("AX T1", "SE IR", 9000, 110, 2500), "the description says T1, but"),
        (("AX T2 GRE", "GR", 620, 20), "it is a gradient echo"),
        (("T1 and T2",), "the description says T1 and T2"),
        (("gre_field_mapping", "GR", 400, 4.9), "does not tell what it is"),
        # Without the sequence, these times may be those of a gradient echo.
        (("Zweistein", "", 3000, 90), "does not tell what it is"),
        (("Zweistein",), "neither the description nor TR, TE and TI"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_contradiction_or_nothing_at_all_gives_no_name(series, reason):
    assert named(*series).contrast is None
    assert reason in named(*series).reason


@pytest.mark.parametrize("description", ["AX T1", "t1_mprage", "T1 POST-OP", ""])
def test_t1_whose_contrast_is_not_told_has_no_name(description):
    result = named(description, *SPIN_T1)
    assert result.contrast is None
    assert "whether contrast was given" in result.reason


def test_tag_and_description_that_disagree_on_contrast_agent_give_no_name():
    result = named("AX T1 PRE", *SPIN_T1, agent=True)
    assert result.contrast is None
    assert "disagree" in result.reason
    assert named("AX T1 PRE POST", *SPIN_T1).contrast is None


def test_t1_taken_before_the_first_contrast_agent_is_without_contrast():
    result = named("AX T1", *SPIN_T1, is_before_agent=True)
    assert result.contrast == "t1"
    assert "taken before the first series with contrast agent" in result.reason


def test_the_protocol_tells_where_the_description_does_not():
    assert named("AX POST", protocol="t1_tse_tra").contrast == "t1c"
    assert named("", protocol="t1_tse_km").contrast == "t1c"
    # One protocol for the whole examination says nothing of a single series.
    assert named("AX T1", *SPIN_T1, protocol="BRAIN W & W/O CONTRAST").contrast is None


@pytest.mark.parametrize(
    ("names", "contrast"),
    [
        ("t1c t1ce t1gd T1_post T1w_post T1-Gd t1wce T1post_3D mprage_post T1CE_N4", "t1c"),
        ("UPENN-GBM-00001_11_T1GD BraTS20_Training_001_t1ce P1_T1+C sub-01_t1c", "t1c"),
        ("flair t2f FLAIR_reg T2_FLAIR t2flair BraTS-GLI-00000-000-t2f", "flair"),
        ("t2 t2w TCGA-02-0054_T2", "t2"),
        ("t1 t1n t1_pre T1w TCGA-02-0054_T1 T1_precontrast brain_T1", "t1"),
        ("seg t1_brain_mask BraTS20_Training_001_seg adc swi PD Patient-CE-01_t1 post_t1", None),
        ("t1_to_t1c T2star dwi_t2 scan Zweistein", None),
    ],
)
def test_files_are_named_by_their_names(names, contrast):
    for name in names.split():
        assert name_file(Path(f"{name}.nii.gz"), None).contrast == contrast, name


@pytest.mark.parametrize(
    ("name", "contrast"),
    [
        ("sub-01_ce-GADOLINIUM_T1w", "t1c"),
        ("sub-01_ses-02_acq-tse_ce-gd_run-1_T1w", "t1c"),
        ("sub-01_acq-postcontrast_T1w", "t1c"),
        ("sub-01_ses-02_T1w", "t1"),
        ("sub-01_ce-none_T1w", "t1"),
        ("sub-01_T2w", "t2"),
        ("sub-ce01_T2w", "t2"),
        ("sub-01_FLAIR", "flair"),
        ("sub-01_ce-gd_acq-pre_T1w", None),
        ("sub-01_T1map", None),
        ("sub-01_dwi", None),
    ],
)
def test_bids_files_are_named_by_suffix_and_ce(name, contrast):
    assert name_file(Path(f"{name}.nii.gz"), None).contrast == contrast


T1_TIMES = {"repetition_time": 500, "echo_time": 14, "sequences": frozenset({"SE"})}


def test_a_side_car_tells_what_an_export_calls_t1():
    sidecar = Parameters(description="AX T1", agent=True, **T1_TIMES)
    result = name_file(Path("5_ax_t1.nii.gz"), sidecar)
    assert result.contrast == "t1c"
    assert result.reason.startswith("side-car: T1 with contrast")
    assert name_file(Path("5.nii.gz"), sidecar).contrast == "t1c"


def test_a_side_car_that_contradicts_the_name_leaves_the_file_without_one():
    sidecar = Parameters(description="AX T1 PRE", **T1_TIMES)
    result = name_file(Path("x_flair.nii.gz"), sidecar)
    assert result.contrast is None
    assert "but the side-car says: T1 without contrast" in result.reason
    assert name_file(Path("x_t1ce.nii.gz"), sidecar).contrast is None


def test_a_side_car_that_does_not_tell_leaves_what_the_name_says_for_sure():
    sidecar = Parameters(description="AX T1", **T1_TIMES)
    assert name_file(Path("x_t1n.nii.gz"), sidecar).contrast == "t1"
    assert name_file(Path("x_t1ce.nii.gz"), sidecar).contrast == "t1c"
    # Exports of T1 with and without contrast agent are both called t1.
    assert name_file(Path("x_t1.nii.gz"), sidecar).contrast is None


def test_a_bids_file_without_ce_whose_side_car_names_an_agent_has_no_name():
    sidecar = Parameters(description="AX T1", agent=True, **T1_TIMES)
    assert name_file(Path("sub-01_T1w.nii.gz"), sidecar).contrast is None
    assert name_file(Path("sub-01_ce-gd_T1w.nii.gz"), sidecar).contrast == "t1c"


def test_only_words_of_the_vocabulary_are_shown():
    shown = read_words("AX T1 POST Zweistein 19340229 MRN7734551 3T Karla_Knopfdruck 5mm").shown
    assert shown == "ax t1 postcontrast"
