"""What fits that train at once share, and how their deferred kernels change."""

from dataclasses import replace

import numpy as np
import pytest

from radiogenomics.models.backend import BACKEND
from radiogenomics.models.batches import Draws, draw_epochs
from radiogenomics.models.group_plans import Division, draw_group, layers_of_group, streams_of
from radiogenomics.models.group_schedule import GroupSlots, block_lengths, pays_off, slots_for
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings

pytest.importorskip("jax")
from radiogenomics.models.group_memory import GroupMemory
from radiogenomics.models.groups import fit_networks, kind_of

NARROW = {"widths": (6, 5, 4), "epochs": 4, "batch_size": 4}
N_GENES, N_TARGETS = 9, 3
TARGETS = np.random.default_rng(5).uniform(0.1, 1, (23, N_TARGETS)).astype(np.float32)
DIVISIONS = [
    Division(np.arange(3, 23), np.arange(3), [7, 1], TARGETS),
    Division(np.arange(19), np.arange(19, 23), [7, 2], TARGETS),
]
FITS = [
    (NetworkSettings(**NARROW, learning_rate=rate, dropout=dropout), fold)
    for rate in (0.02, 0.05)
    for dropout in (0.25, 0.4)
    for fold in (0, 1)
]


def test_memory_holds_the_fits_that_are_left_after_what_they_share_and_at_least_one():
    assert GroupMemory(shared=300, of_fit=100).largest(1399) == 10
    assert GroupMemory(shared=300, of_fit=100).largest(200) == 1


def test_a_group_of_several_kinds_or_without_jax_is_refused():
    one = NetworkSettings(**NARROW)
    kinds = {
        kind_of(one, 19, 9, N_TARGETS),
        kind_of(replace(one, learning_rate=0.1, decay=0.5, dropout=0.1), 20, 9, N_TARGETS),
    }
    others = [
        kind_of(replace(one, dropout=0.0), 19, 9, N_TARGETS),
        kind_of(replace(one, momentum=0.1), 19, 9, N_TARGETS),
        kind_of(replace(one, nonnegative="none"), 19, 9, N_TARGETS),
        kind_of(one, 21, 9, N_TARGETS),
        kind_of(AutoencoderSettings(**NARROW), 19, 9),
        kind_of(AutoencoderSettings(**NARROW, activation="sigmoid"), 19, 9),
        kind_of(AutoencoderSettings(**NARROW), 19, 60),
    ]

    assert len(kinds) == 1
    assert len(kinds | set(others)) == 8
    if BACKEND != "jax":
        with pytest.raises(ValueError, match="trains with JAX, not with tensorflow"):
            fit_networks(np.zeros((23, N_GENES), np.float32), DIVISIONS, [(one, 0)])


def test_what_fits_share_is_drawn_once_and_packed_as_bits():
    streams, of_fit = streams_of(FITS)
    layers = layers_of_group(FITS[0][0], N_GENES, N_TARGETS)
    plan = next(draw_group(layers, N_GENES, DIVISIONS, FITS))

    assert streams == [(0.25, 0), (0.25, 1), (0.4, 0), (0.4, 1)]
    assert of_fit.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert plan.bits[0].shape == (5, 4, 4, 2)  # steps, streams, batch, bytes of nine genes
    for stream, (dropout, division) in enumerate(streams):
        alone = next(
            draw_epochs(
                [replace(layer, dropout=dropout) for layer in layers], N_GENES,
                len(DIVISIONS[division].learnt), FITS[0][0], Draws.of(DIVISIONS[division].seed),
            )
        )  # fmt: skip
        kept = np.unpackbits(plan.bits[0][:, stream], axis=-1, count=N_GENES)
        np.testing.assert_array_equal(kept, alone.masks[0])
        np.testing.assert_array_equal(plan.places[:, stream], alone.patients)
        np.testing.assert_array_equal(
            plan.patients[:, stream], DIVISIONS[division].learnt[alone.patients]
        )


@pytest.mark.parametrize("momentum", [0.0, 0.2, 0.5])
def test_deferred_changes_add_up_to_descent_with_momentum(momentum):
    """One weight with gradient g at each step, in three epochs of 20 steps and two fits."""
    generator = np.random.default_rng(3)
    n_slots = slots_for(momentum)
    slots = GroupSlots(n_slots, momentum, 2)
    plain = velocity = np.zeros(2)
    settled, factors = np.zeros(2), np.zeros(n_slots)
    for _ in range(3):
        rates = generator.uniform(0.1, 0.3, (20, 2)).astype(np.float32)
        schedule = slots.schedule(rates)
        assert sum(schedule.lengths) == 20
        ends = list(np.cumsum(schedule.lengths))
        for step, rate in enumerate(rates.astype(np.float64)):
            now = settled + schedule.reading[step] @ factors
            np.testing.assert_allclose(now, plain, rtol=1e-6, atol=1e-6)
            gradient = generator.normal()
            velocity = momentum * velocity - rate * gradient
            plain = plain + velocity
            factors[schedule.slots[step]] = gradient
            if step + 1 in ends:
                settled = settled + schedule.folding[ends.index(step + 1)] @ factors
        np.testing.assert_allclose(settled + schedule.reading[-1] @ factors, plain, atol=2e-6)


def test_a_group_goes_on_with_the_rates_of_the_fits_that_are_left():
    rates = np.random.default_rng(3).uniform(0.1, 0.3, (20, 3)).astype(np.float32)
    all_fits, fewer = GroupSlots(24, 0.5, 3), GroupSlots(24, 0.5, 3)
    all_fits.schedule(rates)
    fewer.schedule(rates)
    fewer.keep(np.array([0, 2]))

    expected = all_fits.schedule(rates)
    found = fewer.schedule(rates[:, [0, 2]])
    np.testing.assert_array_equal(found.reading, expected.reading[:, [0, 2]])
    np.testing.assert_array_equal(found.folding, expected.folding[:, [0, 2]])


def test_wide_kernels_are_deferred_where_nothing_constrains_them():
    coder = layers_of_group(AutoencoderSettings(), 12_042, 0)[-1]
    first = {
        nonnegative: layers_of_group(NetworkSettings(nonnegative=nonnegative), 12_042, 20)[0]
        for nonnegative in ("all", "output")
    }

    assert pays_off(coder, 2000, 10, 0.2)
    assert pays_off(first["output"], 12_042, 10, 0.5)
    assert not pays_off(first["all"], 12_042, 10, 0.5)
    assert not pays_off(coder, 2000, 10, 0.9)  # a velocity that lasts for 160 steps
    assert not pays_off(coder, 100, 10, 0.2)


def test_blocks_are_as_long_as_there_are_slots():
    assert block_lengths(48, 16) == [16, 16, 16]
    assert block_lengths(20, 16) == [16, 4]
    assert block_lengths(5, 16) == [5]
