"""The engine of processors: its products, its threads, and that neither depends on the other."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiogenomics.models import kernels
from radiogenomics.models.crew import Crew
from radiogenomics.models.fitting import fit_network
from radiogenomics.models.moving import MovingKernel, Step, padded
from radiogenomics.models.settings import NetworkSettings

STEP = Step(np.float32(0.3), np.float32(0.5), nonnegative=False)
SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 7))


def drawn(*shape):
    return np.random.default_rng(shape).normal(size=shape).astype(np.float32)


def close(ours, expected):
    """Equal where something is, and zero where it is padded."""
    filled = np.zeros_like(ours)
    filled[tuple(slice(length) for length in expected.shape)] = expected
    np.testing.assert_allclose(ours, filled, rtol=0, atol=1e-5 * max(np.abs(expected).max(), 1))


@given(SIZES)
@settings(max_examples=40, deadline=None)
def test_products_and_changes_are_those_of_the_matrices(sizes):
    n_rows, n_columns, n_patients = sizes
    start = drawn(n_rows, n_columns)
    left, right = drawn(n_patients, n_rows), drawn(n_patients, n_columns)
    following = drawn(n_patients, n_rows + 1)[:, :-1]
    kernel = MovingKernel(start, Crew(2))
    left_padded, right_padded = padded(left), padded(right)

    close(kernel.combined(left_padded), left @ start)
    close(kernel.dot_and_move(left_padded, right_padded, STEP), right @ start.T)
    velocity = -0.3 * left.T @ right
    close(kernel.values, start + velocity)
    ours = kernel.move_and_combine(left_padded, right_padded, STEP, padded(following))
    velocity = 0.5 * velocity - 0.3 * left.T @ right
    expected = start - 0.3 * left.T @ right + velocity
    close(kernel.values, expected)
    close(ours, following @ expected)


@given(SIZES)
@settings(max_examples=40, deadline=None)
def test_outputs_are_answered_before_they_change(sizes):
    n_rows, n_columns, n_patients = sizes
    start, right = drawn(n_rows, n_columns), drawn(n_patients, n_columns)
    kernel = MovingKernel(start, Crew(1))
    told = []

    def answer(part, there, products):
        told.append((part, there))
        products[:n_patients] *= 2

    deltas, error = kernel.answer_and_move(padded(right), answer, STEP)

    assert told == [(0, slice(0, n_rows))]
    close(deltas, 2 * right @ start.T)
    close(error, 2 * right @ start.T @ start)
    close(kernel.values, start - 0.3 * (2 * right @ start.T).T @ right)


def test_what_is_held_nonnegative_stops_at_zero_and_keeps_a_nan():
    start = drawn(6, 20)
    start[2, 3] = np.nan
    step = STEP._replace(nonnegative=True)
    left, right = drawn(3, 6), drawn(3, 20)
    kernel = MovingKernel(start, Crew(1))
    kernel.move(padded(left), padded(right), step)

    moved = start - 0.3 * left.T @ right
    np.testing.assert_allclose(kernel.values, np.maximum(moved, 0), atol=1e-6)
    assert np.isnan(kernel.values[2, 3])
    assert (kernel.values == 0).any()


@pytest.mark.parametrize("n_threads", [2, 7])
def test_the_number_of_threads_changes_no_bit(n_threads):
    def trained(crew):
        kernel = MovingKernel(drawn(2050, 1100), crew)
        left, right = padded(drawn(5, 2050)), padded(drawn(5, 1100))
        assert kernel.n_parts == 16
        sums = kernel.combined(left)[:5, :1100]
        np.testing.assert_allclose(sums, drawn(5, 2050) @ kernel.values, atol=1e-3)

        def answer(part, _rows, products):
            products *= np.float32(part)

        for _ in range(3):
            sums = kernel.move_and_combine(left, right, STEP, left)
            products = kernel.dot_and_move(left, sums, STEP)
            deltas, error = kernel.answer_and_move(right, answer, STEP)
        return kernel.values, sums, products, deltas, error, kernel.combined(left)

    for ours, theirs in zip(trained(Crew(n_threads)), trained(Crew(1)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_crew_takes_every_part_once_on_several_threads():
    met = threading.Barrier(3, timeout=10)
    taken = []

    def task(part):
        if part < 3:
            met.wait()  # passes only if three threads are at work at the same time
        taken.append(part)

    Crew(3).share(task, 50)

    assert sorted(taken) == list(range(50))


def test_what_a_part_raises_is_raised_when_all_threads_have_stopped():
    crew, begun, at_work = Crew(3), threading.Event(), []

    def task(part):
        if threading.current_thread() is threading.main_thread():
            begun.wait(10)
            raise ValueError("here")
        at_work.append(part)
        begun.set()
        time.sleep(0.02)
        at_work.remove(part)

    def elsewhere(_part):
        if threading.current_thread() is threading.main_thread():
            begun.wait(10)
        else:
            begun.set()
            raise ValueError("elsewhere")

    with pytest.raises(ValueError, match="here"):
        crew.share(task, 9)
    assert at_work == []
    begun.clear()
    with pytest.raises(ValueError, match="elsewhere"):
        crew.share(elsewhere, 9)
    crew.share(at_work.append, 9)
    assert sorted(at_work) == list(range(9))


def test_a_fit_leaves_no_thread_behind():
    inputs = drawn(8, 2100)
    before = set(threading.enumerate())
    for _ in range(3):
        fit_network(inputs, inputs[:, :2], NetworkSettings(widths=(2000,), epochs=1), 0)
    gc.collect()
    end = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < end:
        time.sleep(0.01)

    assert set(threading.enumerate()) - before == set()


def test_where_nothing_can_be_kept_on_disk_it_is_compiled_all_the_same():
    source = "def double(number):\n    return 2 * number\n"
    space = {}
    exec(compile(source, "<nowhere>", "exec"), space)

    assert kernels.compiled(space["double"])(21) == 42


_ENDLESS = """
import signal
import numpy as np
from radiogenomics.models.fitting import fit_network
from radiogenomics.models.settings import NetworkSettings
# Who runs the tests in the background may have it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
inputs = np.random.default_rng(0).normal(size=(60, 12042)).astype(np.float32)
try:
    fit_network(
        inputs, inputs[:, :20], NetworkSettings(epochs=10**6), 0,
        on_epoch=lambda *told: print("trained", flush=True),
    )
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.mark.slow
def test_a_training_of_the_papers_width_can_be_interrupted_within_two_seconds():
    process = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
    )
    assert process.stdout.readline() == "trained\n"
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    # One that does not stop must not keep the tests waiting for ever.
    killed = threading.Timer(60, process.kill)
    killed.start()
    while (line := process.stdout.readline()) == "trained\n":
        pass
    killed.cancel()

    assert line == "stopped\n"
    assert time.monotonic() - asked < 2
    process.communicate()
    assert process.returncode == 0
