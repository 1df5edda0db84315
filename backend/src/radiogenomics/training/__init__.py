"""Training: folds, cross-validation, prediction, the run folder.

May import ``errors``, ``shape``, ``study``, ``imaging``, ``expression`` and ``models``; never
``mrml``. Importing this package is cheap; `fits`, `trained`,
`cross_validation`, `run` and `predicting` import Keras, the other modules do not.
"""

from radiogenomics.training.config import TrainingConfig

__all__ = ["TrainingConfig"]
