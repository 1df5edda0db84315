"""The decaying rate, and the slots that stand for a velocity."""

import numpy as np
import pytest

from radiogenomics.models import deferred
from radiogenomics.models.backend import keras
from radiogenomics.models.descent import rates


def test_the_rates_are_those_of_kerass_inverse_time_decay():
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.3, decay_steps=1, decay_rate=0.01)

    np.testing.assert_allclose(
        rates(0.3, 0.01, first_update=5, n_updates=4),
        [float(schedule(t)) for t in range(5, 9)],
        rtol=1e-6,
    )
    assert rates(0.3, 0.01, 5, 1) < rates(0.3, 0.01, 4, 1)


@pytest.mark.parametrize("momentum", [0.0, 0.2, 0.5])
def test_slots_stand_for_the_velocity_at_every_step(momentum):
    generator = np.random.default_rng(3)
    steps = rates(0.3, 0.02, 0, 70)
    changes = generator.normal(size=70)
    slots = deferred.Slots(momentum)
    kept, settled = np.zeros(slots.count), 0.0
    weight, velocity = 0.0, 0.0
    for first in range(0, 70, 7):
        part = slots.schedule(steps[first : first + 7])
        for number in range(7):
            assert settled + part.reading[number] @ kept == pytest.approx(weight, abs=1e-6)
            change = changes[first + number]
            velocity = momentum * velocity - steps[first + number] * change
            weight += velocity
            kept[part.slots[number]] = change
            if part.full[number]:
                settled += part.folding[number] @ kept
        assert settled + part.reading[-1] @ kept == pytest.approx(weight, abs=1e-6)


def test_a_long_remembered_velocity_is_not_deferred():
    assert deferred.slots_for(0.5) == 24
    assert deferred.slots_for(0.9) is None
