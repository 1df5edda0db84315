"""Which addresses may be fetched from."""

import pytest

from radiogenomics.errors import InputError
from radiogenomics.fetching import FetchError, find_source
from radiogenomics.fetching.addresses import check_address, check_redirect


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/x.gz",
        "http://127.0.0.1:8000/x.gz",
        "http://127.3.2.1/x.gz",
        "http://[::1]:8000/x.gz",
        "http://localhost/x.gz",
    ],
)
def test_https_anywhere_and_http_at_home_are_taken(address):
    assert check_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x.gz",
        "http://127.0.0.1.example.org/x.gz",
        "http://localhost.example.org/x.gz",
        "http://127.0.0.1@example.org/x.gz",
        "http://2130706433/x.gz",
        "http://10.0.0.1/x.gz",
        "HTTP://example.org/x.gz",
        "https:///x.gz",
        "https://example.org:port/x.gz",
        "public-data/x.gz",
        "",
    ],
)
def test_anything_else_is_refused(address):
    with pytest.raises(InputError, match=r"https://|user name"):
        check_address(address)


@pytest.mark.parametrize(
    ("origin", "target", "followed"),
    [
        ("https://a.org/x", "https://b.org/x", True),
        ("http://127.0.0.1/x", "https://b.org/x", True),
        ("http://127.0.0.1/x", "http://localhost:9/x", True),
        ("https://a.org/x", "http://a.org/x", False),
        ("https://a.org/x", "http://127.0.0.1/x", False),  # a stranger must not reach this computer
        ("http://127.0.0.1/x", "http://b.org/x", False),
        ("https://a.org/x", "file:///etc/passwd", False),
    ],
)
def test_redirects_keep_to_https_or_stay_at_home(origin, target, followed):
    if followed:
        assert check_redirect(origin, target) == target
    else:
        with pytest.raises(FetchError, match="not https"):
            check_redirect(origin, target)


@pytest.mark.parametrize("name", ["expression", "brats", "idc"])
def test_every_source_says_its_licence_and_what_to_cite_and_has_safe_addresses(name):
    source = find_source(name)
    assert source.licence
    assert all("doi:10." in citation for citation in source.citations)
    for address in (source.page, source.licence_page, *source.addresses):
        assert check_address(address).startswith("https://")
