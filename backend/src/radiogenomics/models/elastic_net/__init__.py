"""The elastic net of every target over a grid of alphas and lambdas, chosen over folds.

`fit_elastic_nets` is the family of `radiogenomics.models.regression`, `ElasticNets` what it fits.
`grid` says which penalties are tried, `problem` what is standardised, `choosing` which cell wins.
"""

from radiogenomics.models.elastic_net.fitted import ElasticNets
from radiogenomics.models.elastic_net.fitting import fit_elastic_nets
from radiogenomics.models.elastic_net.grid import ElasticNetGrid

__all__ = ["ElasticNetGrid", "ElasticNets", "fit_elastic_nets"]
