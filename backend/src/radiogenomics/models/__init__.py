"""The autoencoder, the radiogenomic network and the constant predictors.

May import ``errors``, ``study`` and ``expression``. `fitting` is the door to the numerical work.
`autoencoder` and `network` say what the models are, `stack` and the engines train them. Importing
this package is cheap; `backend` and what builds on it import Keras.
"""

from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings, Nonnegative

__all__ = ["AutoencoderSettings", "NetworkSettings", "Nonnegative"]
