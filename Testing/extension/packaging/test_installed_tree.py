"""What a user gets: the extension is built and installed as Slicer does it, then imported."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from radiogenomics.phantom import phantom_case
from radiogenomics.shape import labelmap_features

# Slicer appends the module path, and a user may have pip-installed anything.
IMPORT = """
import json, pathlib, pkgutil, sys
module_path, packages = sys.argv[1], sys.argv[2:]

class NotInSlicer:
    # Of these Slicer bundles none, or none that may be needed without its window.
    names = {"pandas", "sklearn", "skimage", "nibabel", "matplotlib", "PIL", "rich", "typer",
             "jinja2", "keras", "tensorflow", "qt", "ctk"}
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInSlicer())
sys.path.append(module_path)
from RadiogenomicsLib import Backend
Backend.ensureImportable()
import radiogenomics
files = [radiogenomics.__file__]
for name in packages:
    package = __import__(f"radiogenomics.{name}", fromlist=[name])
    files.append(package.__file__)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        files.append(__import__(module.name, fromlist=["x"]).__file__)

from radiogenomics.phantom import phantom_case
from radiogenomics.shape import labelmap_features
case = phantom_case(1, spacing=3.0)
features = labelmap_features(case.labelmap, case.spacing, case.labels)
print(json.dumps({"version": radiogenomics.__version__, "files": files, "features": features}))
"""


@pytest.fixture
def imported(installed, slicer_python):
    def run(prelude=""):
        # -I: neither PYTHONPATH nor the working folder, so that nothing comes from the checkout.
        packages = ["agreement", "mrml", "phantom", "shape", "study"]
        ran = subprocess.run(
            [slicer_python, "-I", "-c", prelude + IMPORT, installed, *packages],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.splitlines()[-1])

    return run


def test_the_installed_files_are_those_of_the_tree_and_no_others(tree, installed):
    found = {path.relative_to(installed).as_posix() for path in installed.rglob("*.*")}
    backend = {f"RadiogenomicsLib/backend/{name}" for name in tree.backend_scripts()}
    assert found == tree.scripts() | tree.resources() | backend


def test_slicer_finds_one_module_in_the_module_path(installed):
    # Every .py directly in a module path counts as a module.
    assert [path.name for path in installed.glob("*.py")] == ["Radiogenomics.py"]


def test_the_installed_packages_import_and_measure_with_what_slicer_bundles(imported, installed):
    found = imported()
    home = str(installed / "RadiogenomicsLib" / "backend" / "radiogenomics")
    assert len(found["files"]) > 20
    assert [file for file in found["files"] if not file.startswith(home)] == []
    case = phantom_case(1, spacing=3.0)
    assert found["features"] == labelmap_features(case.labelmap, case.spacing, case.labels)


def test_a_stray_package_of_another_version_does_not_win(imported, installed, tmp_path):
    stray = tmp_path / "radiogenomics"
    (stray / "shape").mkdir(parents=True)
    (stray / "__init__.py").write_text("__version__ = '99'\n")
    (stray / "shape" / "__init__.py").write_text("")
    before = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import radiogenomics.shape\n"
    found = imported(before)
    assert found["version"] != "99"
    assert all(file.startswith(str(installed)) for file in found["files"])


def test_a_listed_file_that_is_missing_stops_the_build(tree, configure, tmp_path):
    copy = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("RadiogenomicsExtension", "backend/src"):
        shutil.copytree(tree.repository / folder, copy / folder, ignore=ignored)
    shutil.copy(tree.repository / "CMakeLists.txt", copy)
    (copy / "backend" / "src" / "radiogenomics" / "shape" / "surface.py").unlink()
    ran = configure(copy, tmp_path / "build")
    assert ran.returncode != 0
    assert "there is no file radiogenomics/shape/surface.py" in " ".join(ran.output.split())
