"""The autoencoder, the radiogenomic network and the constant predictors.

May import ``errors``, ``study`` and ``expression``. Importing this package is cheap; `backend` and
what builds on it (`autoencoder`, `network`, `descent`, `initial`) import Keras.
"""

from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings, Nonnegative

__all__ = ["AutoencoderSettings", "NetworkSettings", "Nonnegative"]
