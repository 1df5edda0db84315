"""Whatever happens on the way, what gets the name is the served file."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics.fetching.transfer import Patience, fetch_file

FAULTS = st.one_of(
    st.builds(dict, cut_after=st.integers(0, 70_000), ranges=st.booleans()),
    st.builds(dict, shifted=st.integers(-200, 200), cut_after=st.integers(0, 70_000)),
    st.builds(dict, status=st.sampled_from([408, 416, 429, 500, 502, 503, 504])),
    st.builds(dict, headers=st.just({"ETag": '"another"'}), cut_after=st.integers(0, 70_000)),
    st.builds(dict, headers=st.just({"Retry-After": "2"}), status=st.just(503)),
)


@settings(max_examples=25)
@given(faults=st.lists(FAULTS, max_size=8))
def test_any_row_of_faults_ends_in_the_served_file(server_for_many, expression, reply, faults):
    server_for_many.replies = [reply(**fault) for fault in faults]
    with tempfile.TemporaryDirectory() as out:
        fetched = fetch_file(
            expression,
            Path(out),
            addresses=[server_for_many.address],
            patience=Patience(tries=20),
            pause=lambda _: None,
        )
        assert fetched.path.read_bytes() == server_for_many.content
        assert not list(Path(out).glob("*.part*"))
