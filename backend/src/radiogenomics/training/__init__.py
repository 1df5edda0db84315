"""Training: folds, cross-validation, prediction, the run folder.

May import ``errors``, ``shape``, ``study``, ``imaging``, ``expression`` and ``models``; never
``mrml``. Importing this package is cheap; `fits`, `trained`,
`saved_model` and `cross_validation` import Keras, the other modules do not.
"""

from radiogenomics.training.config import TrainingConfig

__all__ = ["TrainingConfig"]
