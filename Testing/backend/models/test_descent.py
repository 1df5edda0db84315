"""The decaying rate, and when a velocity is remembered too long to be deferred."""

import numpy as np

from radiogenomics.models.backend import keras
from radiogenomics.models.descent import rates
from radiogenomics.models.group_schedule import slots_for


def test_the_rates_are_those_of_kerass_inverse_time_decay():
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.3, decay_steps=1, decay_rate=0.01)

    np.testing.assert_allclose(
        rates(0.3, 0.01, first_update=5, n_updates=4),
        [float(schedule(t)) for t in range(5, 9)],
        rtol=1e-6,
    )
    assert rates(0.3, 0.01, 5, 1) < rates(0.3, 0.01, 4, 1)


def test_a_long_remembered_velocity_is_not_deferred():
    assert slots_for(0.5) == 24
    assert slots_for(0.9) is None
