"""The trees that are packaged, and the tools that packaging is tried with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
STAND_IN = Path(__file__).resolve().parent / "stand_in"
MODULE_PATH = Path("lib") / "Slicer-5.12" / "qt-scripted-modules"  # as the stand-in says

# What of the backend runs inside Slicer.
PACKAGES = ("agreement", "mrml", "phantom", "shape", "study")
ROOT_MODULES = ("__init__.py", "errors.py")


def absent(what: str) -> NoReturn:
    """Skip a test for want of a tool; continuous integration has all of them."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, and continuous integration is to have it")
    pytest.skip(what)


@dataclass(frozen=True)
class SourceTree:
    """The files to be packaged, relative to the folders that they are listed from."""

    repository: Path

    @property
    def module(self) -> Path:
        return self.repository / "RadiogenomicsExtension" / "Radiogenomics"

    @property
    def backend(self) -> Path:
        return self.repository / "backend" / "src"

    def scripts(self) -> set[str]:
        return self._files(self.module, "*.py")

    def resources(self) -> set[str]:
        return {
            name
            for name in self._files(self.module, "*")
            if not name.endswith(".py") and name != "CMakeLists.txt"
        }

    def backend_scripts(self) -> set[str]:
        package = self.backend / "radiogenomics"
        files = {f"radiogenomics/{name}" for name in ROOT_MODULES}
        for name in PACKAGES:
            files |= {f"radiogenomics/{name}/{file}" for file in self._files(package / name, "*")}
        return files

    def listed(self, variable: str) -> list[str]:
        """Return the entries of a list in the module's CMakeLists.txt."""
        text = (self.module / "CMakeLists.txt").read_text(encoding="utf-8")
        found = re.search(rf"^set\({variable}\n(.*?)^\s*\)$", text, re.MULTILINE | re.DOTALL)
        assert found, f"CMakeLists.txt has no list {variable}, one entry a line"
        return [line.strip() for line in found[1].splitlines()]

    @staticmethod
    def _files(folder: Path, pattern: str) -> set[str]:
        return {
            path.relative_to(folder).as_posix()
            for path in folder.rglob(pattern)
            if path.is_file() and "__pycache__" not in path.parts
        }


@pytest.fixture(scope="session")
def tree() -> SourceTree:
    return SourceTree(REPOSITORY)


@pytest.fixture(scope="session")
def cmake() -> str:
    found = shutil.which("cmake") or shutil.which("cmake", path=Path(sys.executable).parent)
    if found is None:
        absent("there is no cmake here")
    return found


@pytest.fixture(scope="session")
def slicer_python() -> str:
    """An interpreter with slicer-core: this one, or that of the environment for Slicer's tests."""
    for python in (Path(sys.executable), REPOSITORY / ".venv-slicer" / "bin" / "python"):
        if python.is_file():
            has_slicer = "import importlib.util as u; raise SystemExit(not u.find_spec('slicer'))"
            if subprocess.run([python, "-c", has_slicer], check=False).returncode == 0:
                return str(python)
    return absent("there is no Python with slicer-core here")


@dataclass(frozen=True)
class CMakeRun:
    """A run of cmake: its exit status and all that it said."""

    returncode: int
    output: str


@pytest.fixture(scope="session")
def configure(cmake: str) -> Callable[[Path, Path], CMakeRun]:
    """Configures a source tree against the stand-in for Slicer."""

    def run(source: Path, build: Path) -> CMakeRun:
        toolchain = STAND_IN / "NoCompiler.cmake"
        options = [f"-DSlicer_DIR={STAND_IN}", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"]
        ran = subprocess.run(
            [cmake, "-S", source, "-B", build, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return CMakeRun(ran.returncode, ran.stdout)

    return run


@pytest.fixture(scope="session")
def installed(
    cmake: str,
    configure: Callable[[Path, Path], CMakeRun],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The module path of the extension, configured, built and installed."""
    folder = tmp_path_factory.mktemp("packaging")
    build, prefix = folder / "build", folder / "prefix"
    configured = configure(REPOSITORY, build)
    assert configured.returncode == 0, configured.output
    for command in (["--build", build], ["--install", build, "--prefix", prefix]):
        ran = subprocess.run([cmake, *command], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return prefix / MODULE_PATH
