"""The module finds its packages wherever it is started from, and no one else's."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from pathlib import Path

import pytest


@pytest.fixture
def backend(tree):
    """RadiogenomicsLib/Backend.py by itself; Python's path and modules are restored after."""
    path, modules = list(sys.path), dict(sys.modules)
    spec = importlib.util.spec_from_file_location(
        "Backend", tree.module / "RadiogenomicsLib" / "Backend.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = path
    sys.modules.clear()
    sys.modules.update(modules)


def package(folder: Path, version: str) -> Path:
    """Write a package `radiogenomics` that knows its version."""
    home = folder / "radiogenomics"
    home.mkdir(parents=True)
    (home / "__init__.py").write_text(f"__version__ = {version!r}\n")
    return folder


def forget_package() -> None:
    """Let Python forget what other tests imported."""
    for name in [name for name in sys.modules if name.split(".")[0] == "radiogenomics"]:
        del sys.modules[name]


def test_a_checkout_uses_its_own_source(backend, tree):
    assert backend.sourceFolder() == tree.backend


def test_the_installed_copy_comes_before_a_checkout(backend, tmp_path):
    here = tmp_path / "RadiogenomicsExtension" / "Radiogenomics" / "RadiogenomicsLib"
    source = package(tmp_path / "backend" / "src", "source")
    assert backend.sourceFolder(here) == source
    assert backend.sourceFolder(here) != package(here / "backend", "bundled")
    assert backend.sourceFolder(here) == here / "backend"


def test_its_package_wins_over_one_found_earlier_on_the_path(backend, tmp_path):
    forget_package()
    stray, ours = package(tmp_path / "site", "stray"), package(tmp_path / "lib" / "backend", "ours")
    # The folder is on the path already, but behind.
    sys.path[:] = [str(stray), *sys.path, str(ours)]
    assert backend.ensureImportable(tmp_path / "lib") == ours
    assert importlib.import_module("radiogenomics").__version__ == "ours"
    assert sys.path.count(str(ours)) == 1


def test_a_package_that_was_imported_before_is_replaced_with_a_warning(backend, tmp_path, caplog):
    forget_package()
    stray = package(tmp_path / "site", "stray")
    package(tmp_path / "lib" / "backend", "ours")
    sys.path.insert(0, str(stray))
    assert importlib.import_module("radiogenomics").__version__ == "stray"
    with caplog.at_level(logging.WARNING):
        backend.ensureImportable(tmp_path / "lib")
    assert str(stray) in caplog.text
    assert importlib.import_module("radiogenomics").__version__ == "ours"


def test_asking_again_keeps_what_is_imported(backend, tmp_path, caplog):
    forget_package()
    package(tmp_path / "lib" / "backend", "ours")
    backend.ensureImportable(tmp_path / "lib")
    first, path = importlib.import_module("radiogenomics"), list(sys.path)
    backend.ensureImportable(tmp_path / "lib")
    assert importlib.import_module("radiogenomics") is first
    assert sys.path == path
    assert caplog.text == ""


def test_where_the_package_is_missing_the_message_says_where_it_was_sought(backend, tmp_path):
    here = tmp_path / "a" / "b" / "RadiogenomicsLib"
    with pytest.raises(ImportError, match="Install the extension again") as raised:
        backend.ensureImportable(here)
    assert str(here / "backend") in str(raised.value)
    assert str(tmp_path / "backend" / "src") in str(raised.value)
