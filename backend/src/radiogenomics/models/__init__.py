"""The autoencoder, the radiogenomic network and the constant predictors.

May import ``errors``, ``shape``, ``study``, ``imaging`` and ``expression``. Importing this package
is cheap; `autoencoder` and `network` import Keras.
"""

from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings, Nonnegative

__all__ = ["AutoencoderSettings", "NetworkSettings", "Nonnegative"]
