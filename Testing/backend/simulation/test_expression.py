from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from radiogenomics.simulation import SimulatedCohort, simulate_cohort

N_PATIENTS = 400


@pytest.fixture(scope="module")
def large() -> SimulatedCohort:
    """Return a cohort with patients enough to tell a loading from chance; nothing is drawn."""
    return simulate_cohort(N_PATIENTS, 500, seed=2)


def correlations(cohort: SimulatedCohort) -> NDArray[np.float64]:
    """Return gene x factor Pearson correlations."""
    together = np.hstack([cohort.expression, cohort.truth.factors])
    n_genes = len(cohort.genes)
    return np.corrcoef(together.T)[:n_genes, n_genes:]


def test_a_driving_gene_correlates_with_its_factor_as_its_loading_says(
    large: SimulatedCohort,
) -> None:
    found = correlations(large)
    column = {gene: place for place, gene in enumerate(large.genes)}
    for entry in large.truth.driving_genes:
        factor = large.truth.factor_names.index(entry.factor)
        assert found[column[entry.gene], factor] == pytest.approx(entry.loading, abs=0.15)
        assert 0.6 <= abs(entry.loading) <= 0.85


def test_every_other_gene_is_unrelated_to_every_factor(large: SimulatedCohort) -> None:
    driving = {entry.gene for entry in large.truth.driving_genes}
    others = [place for place, gene in enumerate(large.genes) if gene not in driving]
    found = correlations(large)[others]
    assert len(others) == 440
    # Chance alone: the standard error of a correlation is 0.05, and there are 1,760 of them.
    assert np.abs(found).max() < 4.5 / np.sqrt(N_PATIENTS)


def test_twenty_genes_load_on_each_driven_factor_and_none_on_the_edemas_irregularity(
    large: SimulatedCohort,
) -> None:
    counts = dict.fromkeys(large.truth.factor_names, 0)
    for entry in large.truth.driving_genes:
        counts[entry.factor] += 1
    assert counts == {
        "enhancing_size": 20,
        "enhancing_irregularity": 20,
        "edema_extent": 20,
        "edema_irregularity": 0,
    }


def test_a_wide_matrix_has_driving_genes_in_proportion() -> None:
    assert len(simulate_cohort(1, 2000, seed=1).truth.driving_genes) == 3 * 80


def test_background_genes_vary_together(large: SimulatedCohort) -> None:
    driving = {entry.gene for entry in large.truth.driving_genes}
    others = [place for place, gene in enumerate(large.genes) if gene not in driving]
    standard = large.expression[:, others]
    standard = (standard - standard.mean(axis=0)) / standard.std(axis=0)
    explained = np.linalg.svd(standard, compute_uv=False) ** 2
    # Twelve modules; independent noise would give the first twelve of 400 about 6 %.
    assert explained[:12].sum() / explained.sum() > 0.2


def test_values_look_like_log2_of_a_microarray(large: SimulatedCohort) -> None:
    values = large.expression
    assert values.shape == (N_PATIENTS, 500)
    assert values.dtype == np.float64
    assert values.min() > 3.0
    assert values.max() < 15.0
    assert np.ptp(values.mean(axis=0)) > 4.0
    spreads = values.std(axis=0)
    assert 0.15 < spreads.min() < spreads.max() < 0.8


def test_the_factors_are_independent_and_standard_normal(large: SimulatedCohort) -> None:
    factors = large.truth.factors
    np.testing.assert_allclose(factors.mean(axis=0), 0.0, atol=0.2)
    np.testing.assert_allclose(np.cov(factors.T), np.eye(4), atol=0.25)
