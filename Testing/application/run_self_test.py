"""Run the module's self test in a real 3D Slicer and judge it by the verdict line it prints.

    python3 Testing/application/run_self_test.py /opt/Slicer-5.12.3-linux-amd64/Slicer

Slicer swallows many errors and exits with 0 all the same, so the exit code says little: the test
has passed if, and only if, the verdict line was printed and no traceback was. Without a screen run
it under a virtual one: xvfb-run -a python3 ... Standard library only.
"""

import argparse
import subprocess
import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2] / "RadiogenomicsExtension" / "Radiogenomics"
VERDICT = "RADIOGENOMICS SELF TEST PASSED"
CODE = """
import slicer
try:
    import Radiogenomics
    slicer.util.selectModule("Radiogenomics")
    Radiogenomics.RadiogenomicsTest().runTest()
    slicer.util.exit(0)
except BaseException:
    import traceback
    traceback.print_exc()
    slicer.util.exit(1)
"""


def run(slicer, module_path=MODULE, seconds=600):
    """Start Slicer, run the self test, and return the reason why it failed; empty if it passed.

    Parameters
    ----------
    slicer : Path
        The application's launcher.
    module_path : Path
        Folder that holds Radiogenomics.py: the source tree's, or that of an installed extension.
    seconds : float
        How long it may take.
    """
    command = [
        str(slicer),
        "--no-splash",
        "--testing",
        "--ignore-slicerrc",
        "--additional-module-paths",
        str(module_path),
        "--python-code",
        CODE,
    ]
    try:
        ran = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        print(error.stdout or "")
        return f"Slicer was still running after {seconds:g} s; a dialog may be waiting."
    print(ran.stdout)
    return judge(ran.stdout, ran.returncode)


def judge(output, exit_code):
    """Return why an output is no pass; empty if it is one."""
    lines = [line.strip() for line in output.splitlines()]
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        return "A traceback was printed."
    if VERDICT not in lines:
        return f"The verdict line was not printed (exit code {exit_code})."
    return "" if exit_code == 0 else f"Slicer ended with exit code {exit_code}."


def main():
    """Read the command line; exit with 0 if the self test passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("slicer", type=Path, help="Slicer's launcher")
    parser.add_argument("--module-path", type=Path, default=MODULE, help="default: the source tree")
    parser.add_argument("--seconds", type=float, default=600, help="longest time (default: 600)")
    arguments = parser.parse_args()
    if not arguments.slicer.exists():
        parser.error(
            f"{arguments.slicer} does not exist; give the launcher of 3D Slicer 5.12 or newer"
        )
    reason = run(arguments.slicer, arguments.module_path, arguments.seconds)
    print(f"FAILED: {reason}" if reason else "PASSED")
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
