"""Fits that train many at once, with JAX: each ends as it does alone, whatever is beside it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.models.backend import BACKEND
from radiogenomics.models.fitting import fit_autoencoder, fit_network
from radiogenomics.models.group_plans import Division
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings

pytest.importorskip("jax")

NARROW = {"widths": (6, 5, 4), "epochs": 4, "batch_size": 4}
# Wide enough for deferred kernels and summed gradients; 21 steps, one block of 16 and a rest.
WIDE = {"widths": (2000, 5), "epochs": 2, "batch_size": 2}
N_TARGETS = 3
HUGE = 1e20


def patients(n_genes, n):
    return np.random.default_rng(1).uniform(-0.3, 0.5, (n, n_genes)).astype(np.float32)


def divisions(n, *, of_network):
    """Two folds: they learn from different numbers of patients, in equally many steps."""
    targets = np.random.default_rng(5).uniform(0.1, 1, (n, N_TARGETS)).astype(np.float32)
    return [
        Division(np.arange(3, n), np.arange(3), [7, 1], targets if of_network else None),
        Division(
            np.arange(n - 4), np.arange(n - 4, n), [7, 2], 2 * targets if of_network else None
        ),
    ]


def autoencoders(shape, **others):
    one = AutoencoderSettings(**shape, **others)
    return [(replace(one, learning_rate=rate, decay=decay), fold)
            for rate, decay in ((0.05, 0.05), (0.2, 1e-5)) for fold in (0, 1)]  # fmt: skip


def networks(shape, nonnegative, dropouts):
    one = NetworkSettings(**shape, nonnegative=nonnegative)
    return [(replace(one, learning_rate=rate, dropout=dropout), fold)
            for rate in (0.02, 0.05) for dropout in dropouts for fold in (0, 1)]  # fmt: skip


CASES = {
    "autoencoder": (9, 23, autoencoders(NARROW)),
    "autoencoder, sigmoid": (9, 23, autoencoders(NARROW, activation="sigmoid")),
    "autoencoder, row space": (60, 23, autoencoders(NARROW)),
    "autoencoder, row space and deferred": (2100, 45, autoencoders(WIDE)[1:3]),
    "network, all": (9, 23, networks(NARROW, "all", (0.25, 0.4))),
    "network, output": (9, 23, networks(NARROW, "output", (0.25, 0.4))),
    "network, none": (9, 23, networks(NARROW, "none", (0.25, 0.4))),
    "network, row space": (60, 23, networks(NARROW, "output", (0.0,))),
    "network, all, wide": (2100, 45, networks(WIDE, "all", (0.25,))[1:3]),
    "network, output, deferred": (2100, 45, networks(WIDE, "output", (0.25,))[1:3]),
}
UNEVEN = [replace(settings, learning_rate=rate)
          for (settings, _), rate in zip(CASES["network, none"][2][:3], (HUGE, 0.02, HUGE),
                                         strict=True)]  # fmt: skip

MEASURED = {
    "autoencoder": (AutoencoderSettings(widths=(300, 100)), 200, 60),
    "autoencoder, row space": (AutoencoderSettings(widths=(300, 100)), 2000, 60),
    "autoencoder, deferred": (AutoencoderSettings(**WIDE), 2100, 45),
    "network, all": (NetworkSettings(widths=(300, 100)), 2000, 60),
    "network, all, wide": (NetworkSettings(**WIDE), 2100, 45),
    "network, output, deferred": (NetworkSettings(**WIDE, nonnegative="output"), 2100, 45),
}


def fit_alone(case, number):
    n_genes, n, fits = CASES[case]
    settings, fold = fits[number]
    inputs, network = patients(n_genes, n), isinstance(settings, NetworkSettings)
    own = divisions(n, of_network=network)[fold]
    learnt, held_out = inputs[own.learnt], inputs[own.held_out]
    if not network:
        return fit_autoencoder(learnt, settings, own.seed, held_out=held_out)
    others = held_out, own.targets[own.held_out]
    return fit_network(learnt, own.targets[own.learnt], settings, own.seed, held_out=others)


# --- In a process of its own, since a process has one backend -------------------------------------


def together(case, numbers=None, **options):
    from radiogenomics.models import groups

    n_genes, n, fits = CASES[case]
    network = isinstance(fits[0][0], NetworkSettings)
    fit = groups.fit_networks if network else groups.fit_autoencoders
    chosen = fits if numbers is None else [fits[number] for number in numbers]
    return fit(patients(n_genes, n), divisions(n, of_network=network), chosen, **options)


def arrays_of(name, fitted):
    arrays = {}
    for number, one in enumerate(fitted):
        arrays[f"{name}/{number}/training"] = one.training_loss
        if one.held_out_loss is not None:
            arrays[f"{name}/{number}/held out"] = one.held_out_loss
        for layer, pair in one.weights.items():
            for part, array in zip(("kernel", "bias"), pair, strict=True):
                arrays[f"{name}/{number}/{layer} {part}"] = array
    return arrays


def save(folder):
    """Train everything that the tests look at, and write it."""
    import jax

    from radiogenomics.models import groups

    arrays, facts = {}, {}
    for case in CASES:
        arrays |= arrays_of(case, together(case, with_weights=True))
    for case in ("autoencoder, row space", "network, output"):
        arrays |= arrays_of(f"{case}, again", together(case, with_weights=True))
        arrays |= arrays_of(f"{case}, two", together(case, [1, 2], with_weights=True))

    inputs, own = patients(9, 23), divisions(23, of_network=True)
    told = []
    fitted = groups.fit_networks(
        inputs, own, [(settings, 0) for settings in UNEVEN], with_weights=True,
        on_epoch=lambda *of_epoch: told.append(of_epoch),
    )  # fmt: skip
    arrays |= arrays_of("uneven", fitted)
    arrays["told/training"], arrays["told/held out"] = (
        np.array([of_epoch[part] for of_epoch in told]) for part in (1, 2)
    )
    facts["told"] = [of_epoch[0] for of_epoch in told]
    facts["uneven"] = [one.diverged_at for one in fitted]
    fitted = groups.fit_networks(inputs, own, [(UNEVEN[0], 0), (UNEVEN[2], 1)])
    facts["all diverged"] = [one.diverged_at for one in fitted]
    nobody = [replace(each, held_out=None) for each in own]
    fitted = groups.fit_networks(inputs, nobody, CASES["network, all"][2][:2])
    facts["held out of nobody"] = [one.held_out_loss for one in fitted]
    last = replace(
        NetworkSettings(**NARROW | {"epochs": 1, "batch_size": 30}), dropout=0.0,
        nonnegative="none", learning_rate=3e38,
    )  # fmt: skip
    gentle = replace(last, learning_rate=0.01)
    fitted = groups.fit_networks(100 * inputs, own, [(last, 0), (gentle, 0)])
    facts["spoilt at last"] = [one.diverged_at for one in fitted]
    facts["stopped after"] = _stopped(groups, inputs, own)
    try:
        groups.fit_networks(
            inputs, own, [CASES[f"network, {kind}"][2][0] for kind in ("all", "none")]
        )
    except ValueError as error:
        facts["two kinds"] = str(error)
    facts["memory"] = {case: _memory(*MEASURED[case]) for case in MEASURED}
    facts["flags"] = os.environ["XLA_FLAGS"]
    facts["precision"] = jax.config.jax_default_matmul_precision
    np.savez(folder / "arrays.npz", **arrays)
    (folder / "facts.json").write_text(json.dumps(facts))


def _memory(settings, n_genes, n):
    """Bytes of one more fit, and of all that is shared: computed, and as the compiler says."""
    from radiogenomics.models import groups
    from radiogenomics.models.group_memory import memory_of

    own = divisions(n, of_network=isinstance(settings, NetworkSettings))
    inputs, said = patients(n_genes, n), []
    for n_fits in (2, 4):
        group = groups.Group(inputs, own[:1], [(settings, 0)] * n_fits)
        said.append(group.engine().compiled_bytes(next(group.plans())))
    computed = memory_of(settings, own[:1], *inputs.shape)
    of_fit = (said[1] - said[0]) / 2
    return [computed.of_fit, of_fit, computed.shared, said[0] - 2 * of_fit]


def _stopped(groups, inputs, own):
    def stop(number, *_losses):
        if number == 2:
            raise KeyboardInterrupt(number)

    try:
        groups.fit_networks(inputs, own, CASES["network, all"][2], on_epoch=stop)
    except KeyboardInterrupt as error:
        return error.args[0]
    return None


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Arrays and facts of `save`, run with JAX."""
    folder = tmp_path_factory.mktemp("stacked")
    script = (
        "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import test_stacked_fits as shared; "
        "shared.save(pathlib.Path(sys.argv[2]))"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(Path(__file__).parent), str(folder)],
        check=True,
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": "--xla_cpu_enable_fast_math=false",
        },
    )
    with np.load(folder / "arrays.npz") as stored:
        return dict(stored), json.loads((folder / "facts.json").read_text())


def assert_same(theirs, ours, prefix, other, tolerance=2e-5):
    """Compare all arrays under two names, each relative to its largest value."""
    own = {name.removeprefix(prefix): a for name, a in ours.items() if name.startswith(prefix)}
    assert len(own) > 2
    for name, array in own.items():
        found, scale = theirs[other + name], np.abs(array).max()
        assert found.shape == array.shape
        np.testing.assert_allclose(
            found, array, rtol=0, atol=tolerance * scale, err_msg=other + name
        )


# --- What must hold -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_fit_among_others_ends_as_it_does_alone(trained, case):
    arrays, _ = trained
    for number in range(len(CASES[case][2])):
        alone = arrays_of("alone", [fit_alone(case, number)])
        assert_same(arrays, alone, "alone/0/", f"{case}/{number}/", 5e-5)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["autoencoder, row space", "network, output"])
def test_it_does_not_matter_how_many_fits_train_together(trained, case):
    arrays, _ = trained
    for number, of_pair in ((1, 0), (2, 1)):
        assert_same(arrays, arrays, f"{case}, two/{of_pair}/", f"{case}/{number}/", 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["autoencoder, row space", "network, output"])
def test_the_same_group_again_is_bit_identical(trained, case):
    arrays, _ = trained
    again = {name: a for name, a in arrays.items() if name.startswith(f"{case}, again/")}
    assert len(again) > 30
    for name, array in again.items():
        np.testing.assert_array_equal(array, arrays[name.replace(", again", "")])


@pytest.mark.slow
def test_a_fit_that_diverges_is_recorded_and_leaves_the_others_alone(trained):
    arrays, facts = trained
    own = divisions(23, of_network=True)[0]
    inputs = patients(9, 23)
    expected = []
    for number, settings in enumerate(UNEVEN):
        fitted = fit_network(
            inputs[own.learnt], own.targets[own.learnt], settings, own.seed,
            held_out=(inputs[own.held_out], own.targets[own.held_out]),
        )  # fmt: skip
        expected.append(fitted.diverged_at)
        assert arrays[f"uneven/{number}/training"].shape == fitted.training_loss.shape
        assert arrays[f"uneven/{number}/held out"].shape == fitted.held_out_loss.shape
        if number == 1:
            assert_same(arrays, arrays_of("alone", [fitted]), "alone/0/", "uneven/1/")

    assert facts["uneven"] == expected
    assert [at is None for at in expected] == [False, True, False]


@pytest.mark.slow
def test_every_epoch_is_told_and_losses_after_divergence_are_nan(trained):
    arrays, facts = trained
    assert facts["told"] == [1, 2, 3, 4]
    for kind in ("training", "held out"):
        told = arrays[f"told/{kind}"]
        np.testing.assert_array_equal(told[:, 1], arrays[f"uneven/1/{kind}"])
        for fit in (0, 2):
            until = facts["uneven"][fit] - 1
            np.testing.assert_array_equal(told[:until, fit], arrays[f"uneven/{fit}/{kind}"][:until])
            assert np.isnan(told[until:, fit]).all()


@pytest.mark.slow
def test_a_group_ends_early_where_all_diverge_and_where_the_caller_stops_it(trained):
    _, facts = trained
    assert all(1 <= at <= 4 for at in facts["all diverged"])
    assert facts["stopped after"] == 2


@pytest.mark.slow
def test_weights_that_the_last_update_spoils_are_a_divergence_of_that_fit(trained):
    _, facts = trained
    assert facts["spoilt at last"] == [1, None]


@pytest.mark.slow
def test_nobody_needs_to_be_held_out(trained):
    _, facts = trained
    assert facts["held out of nobody"] == [None, None]


@pytest.mark.slow
@pytest.mark.parametrize("case", MEASURED)
def test_the_computed_bytes_of_a_fit_cover_what_the_compiler_allots(trained, case):
    of_fit, said_of_fit, shared, said_shared = trained[1]["memory"][case]

    assert said_of_fit <= of_fit <= 1.5 * said_of_fit
    assert said_shared <= shared


@pytest.mark.slow
def test_gpus_are_asked_for_repeatable_sums_beside_what_the_user_asks_for(trained):
    _, facts = trained
    assert facts["flags"] == ("--xla_cpu_enable_fast_math=false --xla_gpu_deterministic_ops=true")


@pytest.mark.slow
def test_products_are_in_full_float32_with_both_backends(trained):
    if BACKEND == "tensorflow":
        import tensorflow as tf

        assert not tf.config.experimental.tensor_float_32_execution_enabled()
    assert trained[1]["precision"] == "highest"


@pytest.mark.slow
def test_fits_of_two_kinds_are_no_group(trained):
    assert trained[1]["two kinds"] == "the fits of a group are of 2 kinds; give those of one"
