"""What Slicer's Extensions Index and its build factory ask of a repository."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from pathlib import Path

import pytest

MAY_HAVE = {
    "$schema": str,
    "category": str,
    "scm_url": str,
    "scm_revision": str,
    "scm_type": str,
    "build_dependencies": list,
    "build_subdirectory": str,
    "enabled": bool,
    "tier": int,
}
MUST_HAVE = {"$schema", "category", "scm_url"}
COMPILED = {".h", ".hxx", ".hpp", ".c", ".cc", ".cpp", ".cxx", ".so", ".dll", ".dylib", ".pyd"}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def entry_file(tree) -> Path:
    """The catalogue entry; its name is the extension's."""
    (file,) = (tree.repository / "RadiogenomicsExtension").glob("*.json")
    return file


@pytest.fixture
def entry(entry_file) -> dict[str, object]:
    return json.loads(entry_file.read_text(encoding="utf-8"))


@pytest.fixture
def listfile(tree) -> str:
    return (tree.repository / "CMakeLists.txt").read_text(encoding="utf-8")


@pytest.fixture
def field(listfile):
    """Returns an EXTENSION_ field, which the index reads off one line."""

    def value(name: str) -> str:
        found = re.findall(rf'^set\(EXTENSION_{name} "([^"]+)"\)$', listfile, re.MULTILINE)
        assert len(found) == 1, f"CMakeLists.txt has no EXTENSION_{name} on a line of its own"
        return found[0]

    return value


@pytest.fixture
def tracked(tree) -> list[Path]:
    """The files of the repository; a checkout is what the index clones."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=tree.repository, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    files = [tree.repository / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in files if path.is_file()]


def png_size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()[:24]
    assert data.startswith(PNG_SIGNATURE), f"{path} is no PNG"
    return struct.unpack(">II", data[16:24])


def test_the_catalogue_entry_has_the_fields_of_its_schema(entry, entry_file):
    assert set(entry) >= MUST_HAVE
    for key, value in entry.items():
        assert key in MAY_HAVE, key
        assert isinstance(value, MAY_HAVE[key]), key
    assert re.search(r"slicer-extension-catalog-entry-schema-v1\.0\.[12]\.json#$", entry["$schema"])
    assert 1 <= entry["tier"] <= 5
    assert b"\r" not in entry_file.read_bytes()


def test_the_project_is_named_as_the_catalogue_entry_and_the_repository_after_it(
    entry, entry_file, listfile
):
    name = entry_file.stem
    assert not name.lower().startswith("slicer")
    assert re.findall(r"^project\(\s*([^\s)]+)", listfile, re.MULTILINE) == [name]
    assert entry["scm_url"].endswith(f"/Slicer{name}.git")


def test_the_catalogue_entry_agrees_with_cmake(entry, field):
    assert entry["category"] == field("CATEGORY") == "Quantification"
    assert entry["scm_url"] == field("HOMEPAGE") + ".git"
    assert entry["scm_url"].startswith("https://")
    assert (entry["build_dependencies"] or "NA") == field("DEPENDS")


def test_the_pictures_are_raw_addresses_of_files_in_the_repository(entry, field, tree, tracked):
    raw = f"{field('HOMEPAGE')}/raw/{entry['scm_revision']}/"
    icon, *others = field("ICONURL").split()
    assert not others
    for address in (icon, *field("SCREENSHOTURLS").split()):
        assert address.startswith(raw)
        file = tree.repository / address.removeprefix(raw)
        assert file in tracked
        png_size(file)


def test_the_icon_is_a_square_of_128_pixels(tree):
    assert png_size(tree.module / "Resources" / "Icons" / "Radiogenomics.png") == (128, 128)


def test_the_description_is_one_or_two_sentences_without_a_line_break(field):
    description = field("DESCRIPTION")
    assert description.endswith(".")
    assert 1 <= len(re.findall(r"\.(?:\s|$)", description)) <= 2
    assert not {"\n", ";", "$"} & set(description)


def test_the_licence_is_in_the_root_and_named_in_the_readme(tree):
    assert "Apache License" in (tree.repository / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License 2.0" in (tree.repository / "README.md").read_text(encoding="utf-8")


def test_nothing_compiled_or_to_be_compiled_is_in_the_repository(tracked):
    assert [path.name for path in tracked if path.suffix.lower() in COMPILED] == []


def test_a_checkout_is_small(tracked):
    sizes = {path: path.stat().st_size for path in tracked}
    # The index's limit is 100 MB with the history, which grows with every large file.
    assert sum(sizes.values()) < 20e6
    assert [path.name for path, size in sizes.items() if size > 2e6] == []
