"""The script that runs a real Slicer believes the verdict line alone."""

import stat
import sys

import pytest

from .run_self_test import VERDICT, judge, run


@pytest.mark.parametrize(
    ("output", "code", "reason"),
    [
        (f"Create a study\n{VERDICT}\n", 0, ""),
        ("Create a study\n", 0, "The verdict line was not printed (exit code 0)."),
        (f"Traceback (most recent call last):\n{VERDICT}\n", 0, "A traceback was printed."),
        (f"{VERDICT}\n", 3, "Slicer ended with exit code 3."),
        (f"print({VERDICT!r})\n", 0, "The verdict line was not printed (exit code 0)."),
    ],
)
def test_only_a_verdict_without_a_traceback_passes(output, code, reason):
    assert judge(output, code) == reason


def script(tmp_path, text):
    path = tmp_path / "Slicer"
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_launcher_is_given_the_module_and_the_code(tmp_path):
    told = script(tmp_path, f"import sys; print(sys.argv[1:]); print({VERDICT!r})")
    assert run(told) == ""


def test_an_application_that_hangs_is_ended_and_said(tmp_path):
    assert "still running after 1 s" in run(
        script(tmp_path, "import time; time.sleep(60)"), seconds=1
    )


def test_the_verdict_is_the_one_that_the_self_test_prints():
    from pathlib import Path

    library = Path(__file__).parents[2] / "RadiogenomicsExtension/Radiogenomics/RadiogenomicsLib"
    assert f'VERDICT = "{VERDICT}"' in (library / "SelfTest.py").read_text(encoding="utf-8")
