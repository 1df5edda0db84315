"""Writing the files that a test reads."""

import gzip

import pytest


@pytest.fixture
def write(tmp_path):
    """A function that writes text, bytes or rows of cells (tab-separated) into a file."""

    def write_file(content, name="expression.tsv"):
        if isinstance(content, list):
            content = "\n".join("\t".join(map(str, row)) for row in content) + "\n"
        if isinstance(content, str):
            content = content.encode()
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        return path

    return write_file
