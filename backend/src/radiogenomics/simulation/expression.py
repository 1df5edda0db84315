"""Gene expression in which known genes carry known factors and the rest carries none of them.

A driving gene is its factor times a loading plus noise. Every other gene belongs to a module of
genes that vary together for reasons of their own, as most of a real matrix does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.simulation.latent import FACTORS, GENE_DRIVEN_FACTORS

GENES_PER_FACTOR = 20
"""The smallest number of genes that load on each gene-driven factor."""

GENE_SHARE = 0.04
"""The share of all genes that load on each gene-driven factor, where that is more."""

N_MODULES = 12
"""Modules of co-expressed genes that have nothing to do with the shapes."""

_LOADING = (0.60, 0.85)
_MODULE_LOADING = (0.30, 0.70)


@dataclass(frozen=True)
class GeneModel:
    """How every gene of a cohort depends on the factors.

    Attributes
    ----------
    names : tuple of str
        The genes, in the order of the matrix's columns.
    factor : ndarray of int, shape (n_genes,)
        Index in `FACTORS` of the factor that a gene loads on, or -1.
    module : ndarray of int, shape (n_genes,)
        The background module of a gene that loads on no factor, or -1.
    loading : ndarray of float64, shape (n_genes,)
        Correlation of the gene with its factor or module, of either sign.
    mean, spread : ndarray of float64, shape (n_genes,)
        Mean and standard deviation in log2 units.
    """

    names: tuple[str, ...]
    factor: NDArray[np.intp]
    module: NDArray[np.intp]
    loading: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


def minimum_genes() -> int:
    """Return the number of genes that a cohort needs: those that drive the shapes."""
    return GENES_PER_FACTOR * len(GENE_DRIVEN_FACTORS)


def draw_genes(rng: np.random.Generator, n_genes: int) -> GeneModel:
    """Return a model of `n_genes` genes, `minimum_genes` or more, the driving ones scattered."""
    per_factor = max(GENES_PER_FACTOR, int(GENE_SHARE * n_genes))
    order = rng.permutation(n_genes)
    factor = np.full(n_genes, -1, dtype=np.intp)
    for place, name in enumerate(GENE_DRIVEN_FACTORS):
        chosen = order[place * per_factor : (place + 1) * per_factor]
        factor[chosen] = FACTORS.index(name)
    driving = factor >= 0
    module = np.where(driving, -1, rng.integers(0, N_MODULES, n_genes))
    size = np.where(
        driving, rng.uniform(*_LOADING, n_genes), rng.uniform(*_MODULE_LOADING, n_genes)
    )
    digits = max(4, len(str(n_genes)))
    return GeneModel(
        names=tuple(f"GENE{number:0{digits}d}" for number in range(1, n_genes + 1)),
        factor=factor,
        module=module,
        loading=size * rng.choice((-1.0, 1.0), n_genes),
        mean=5.2 + 7.4 * rng.beta(1.6, 2.6, n_genes),
        spread=0.18 + 0.5 * rng.beta(1.5, 4.0, n_genes),
    )


def draw_profile(
    rng: np.random.Generator, genes: GeneModel, factors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return one patient's expression, shape (n_genes,), in log2 units of about 4 to 14.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the background modules and of the noise.
    genes : GeneModel
        The genes.
    factors : ndarray of float64, shape (n_factors,)
        The patient's factors.
    """
    modules = rng.standard_normal(N_MODULES)
    noise = rng.standard_normal(len(genes.names))
    source = np.where(genes.factor >= 0, factors[genes.factor], modules[genes.module])
    standard = genes.loading * source + np.sqrt(1.0 - genes.loading**2) * noise
    return genes.mean + genes.spread * standard
