"""The README has what Slicer's reviewers look for, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """Return the text below each heading, up to the next heading of any level."""
    text = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    parts = re.split(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    return dict(zip((name.strip() for name in parts[1::2]), parts[2::2], strict=True))


def section(*words: str) -> str:
    """Return the text of the section whose heading has one of the words."""
    for heading, text in sections().items():
        if any(re.search(rf"\b{word}\b", heading, re.IGNORECASE) for word in words):
            return text
    pytest.fail(f"README.md has no section with {' or '.join(words)} in its heading")


def test_the_first_paragraph_says_what_it_is_for():
    title, paragraph = README.split("\n\n")[:2]
    assert title == "# Radiogenomics"
    assert 1 <= len(re.findall(r"\.(?:\s|$)", paragraph)) <= 2
    assert "Slicer" in paragraph


def test_there_is_a_picture():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)\s]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (REPOSITORY / name).is_file()] == []


def test_every_module_has_its_sentence():
    text = section("modules?")
    modules = (REPOSITORY / "RadiogenomicsExtension").glob("*/*.py")
    for module in modules:
        assert re.search(rf"\*\*{module.stem}\*\*[^.]+\.", text), module.stem


def test_the_tutorial_goes_step_by_step_and_starts_from_sample_data():
    text = section("tutorial")
    steps = re.findall(r"^\d+\. ", text, re.MULTILINE)
    assert len(steps) >= 5
    assert "Sample Data" in text


def test_it_says_where_the_sample_data_come_from():
    assert "Sample Data" in section("sample data")


def test_it_says_how_to_cite():
    text = section("cite")
    assert "CITATION.cff" in text
    assert "Smedley" in text


def test_it_states_the_known_limits():
    assert len(re.findall(r"^- ", section("limits"), re.MULTILINE)) >= 3


def test_it_says_how_to_install_the_extension():
    assert "Extensions Manager" in section("install", "start")


def test_every_link_into_the_repository_leads_to_a_file():
    links = re.findall(r"\]\((?!https?://|#)([^)\s#]+)[^)]*\)", README)
    assert [link for link in links if not (REPOSITORY / link).exists()] == []
