"""The layout holds: who may import whom, how long a file may be, what needs nothing installed."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.shape import shape_features

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "backend" / "src"
PACKAGE = SOURCE / "radiogenomics"

# What each package may import of ours; modules at the root may be imported by all.
ROOT_MODULES = {"errors", "parallel"}
MAY_IMPORT = {
    "shape": set(),
    "study": set(),
    "agreement": {"shape", "study"},
    "mrml": {"shape", "study", "agreement"},
    "viewer": {"shape", "study", "agreement", "mrml", "imaging"},
    "phantom": set(),
    "fetching": {"study"},
    "imaging": {"study"},
    "measuring": {"shape", "study", "agreement", "imaging"},
    "simulation": {"study", "imaging", "phantom"},
    "checking": {"shape", "study", "agreement", "imaging"},
    "expression": {"study"},
    "models": {"study", "expression"},
    "training": {"shape", "study", "imaging", "expression", "models"},
    "evaluation": {"shape", "study", "expression", "models", "training"},
    "cli": {
        "shape",
        "study",
        "agreement",
        "fetching",
        "imaging",
        "measuring",
        "simulation",
        "checking",
        "expression",
        "models",
        "training",
        "evaluation",
        "viewer",
    },
}
# Runs inside Slicer, with what Slicer bundles.
THIRD_PARTY = {
    "shape": {"numpy", "scipy"},
    "study": {"numpy"},
    "agreement": {"numpy", "scipy"},
    "mrml": {"numpy", "slicer", "vtk"},
    "phantom": {"numpy", "scipy"},
}


def imports_of(path):
    """Modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module
            if node.module == "radiogenomics":
                yield from (f"radiogenomics.{alias.name}" for alias in node.names)


def packages():
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def test_every_package_has_its_rule():
    assert set(packages()) == set(MAY_IMPORT)


@pytest.mark.parametrize("package", packages())
def test_imports_point_down(package):
    for path in (PACKAGE / package).rglob("*.py"):
        for module in imports_of(path):
            parts = module.split(".")
            if parts[0] == "radiogenomics" and len(parts) > 1 and parts[1] != "__version__":
                allowed = MAY_IMPORT[package] | ROOT_MODULES | {package}
                assert parts[1] in allowed, f"{path.relative_to(SOURCE)} imports {module}"


@pytest.mark.parametrize("package", sorted(THIRD_PARTY))
def test_packages_that_run_inside_slicer_import_only_what_slicer_bundles(package):
    for path in [*(PACKAGE / package).rglob("*.py"), PACKAGE / "errors.py"]:
        for module in imports_of(path):
            top = module.split(".")[0]
            if top != "radiogenomics" and top not in sys.stdlib_module_names:
                assert top in THIRD_PARTY[package], f"{path.relative_to(SOURCE)} imports {module}"
            assert module != "radiogenomics.parallel"


def test_root_modules_import_nothing_of_ours_but_errors():
    for name in ROOT_MODULES:
        for module in imports_of(PACKAGE / f"{name}.py"):
            assert not module.startswith("radiogenomics") or module == "radiogenomics.errors"


def test_no_source_file_is_longer_than_four_hundred_lines():
    for folder in ("backend", "RadiogenomicsExtension", "Testing"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= 400, f"{path.relative_to(REPOSITORY)} has {lines} lines"


def test_nothing_reads_or_writes_pickles():
    for path in PACKAGE.rglob("*.py"):
        assert not {"pickle", "joblib", "dill", "shelve"} & set(imports_of(path)), path
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8"), path


# Measures a mask and keeps a study; prints the features.
BARE = """
import importlib.util, json, sys, tempfile
from pathlib import Path
import numpy as np
from radiogenomics.shape import shape_features
from radiogenomics.study import Role, State, Study

assert importlib.util.find_spec("SimpleITK") is None
assert importlib.util.find_spec("pandas") is None
z, y, x = np.ogrid[:30, :30, :30]
mask = (z - 14) ** 2 + ((y - 15) / 0.9) ** 2 + ((x - 13) / 0.8) ** 2 < 130
with tempfile.TemporaryDirectory() as folder:
    study = Study.create(Path(folder) / "s", name="s", labels="brats")
    case = study.add_case("P1")
    case.add_segmentation("R", lambda path: path.write_bytes(mask.tobytes()))
    case.review(State.SUBMITTED, who="R", role=Role.READER, rater="R", version=1)
    assert Study.open(study.root).case("P1").status == "submitted"
print(json.dumps(shape_features(mask, (1.0, 1.5, 2.0))))
"""


def python_of(version):
    """The interpreter of a version, such as 3.12; None where the machine has none that runs."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    candidates = sorted(Path.home().glob(f".pyenv/versions/{version}*/bin/python"))
    for candidate in (shutil.which(f"python{version}"), *candidates):
        if candidate:
            # A shim may be there without the version behind it.
            ran = subprocess.run(
                [candidate, "-c", "import ensurepip"], capture_output=True, check=False
            )
            if ran.returncode == 0:
                return str(candidate)
    return None


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_shape_and_study_run_with_nothing_but_numpy_and_scipy(version, tmp_path):
    interpreter = python_of(version)
    if interpreter is None:
        pytest.skip(f"there is no Python {version} here")
    environment = tmp_path / "environment"
    subprocess.run([interpreter, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    constraints = REPOSITORY / "backend" / "constraints.txt"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "-q", "-c", constraints, "numpy", "scipy"],
        capture_output=True,
        text=True,
        check=False,
    )
    if installed.returncode and not os.environ.get("CI"):
        pytest.skip("numpy and scipy cannot be installed here (no package index?)")
    assert installed.returncode == 0, installed.stderr
    bare = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONWARNINGS": "error"}
    ran = subprocess.run(
        [python, "-c", BARE], env=bare, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    z, y, x = np.ogrid[:30, :30, :30]
    mask = (z - 14) ** 2 + ((y - 15) / 0.9) ** 2 + ((x - 13) / 0.8) ** 2 < 130
    expected = shape_features(mask, (1.0, 1.5, 2.0))
    assert json.loads(ran.stdout) == pytest.approx(expected, rel=1e-14)
