"""Protocols: what ships, what can be overridden, what is refused."""

import dataclasses
import importlib.resources
import json
import tomllib

import pytest

from radiogenomics.errors import InputError
from radiogenomics.models.baseline_settings import BaselineSettings
from radiogenomics.models.constants import CENTRES
from radiogenomics.training.protocols import (
    PROTOCOLS,
    load_protocol,
    settings_from,
    settings_of,
)
from radiogenomics.training.variants import CONSTANT_MODELS, parse_models


def test_the_papers_grids_have_its_sizes_ends_and_chosen_values():
    paper = load_protocol("paper")
    rates, decays = paper.network_grid["learning_rate"], paper.network_grid["decay"]
    autoencoder = paper.autoencoder_grid

    assert len(paper.autoencoder_cells()) * paper.folds == 400
    assert len(paper.network_cells()) * paper.folds == 900
    assert (len(rates), min(rates), max(rates)) == (18, 0.005, 0.35)
    assert (len(decays), min(decays), max(decays)) == (5, 1e-5, 0.01)
    assert (min(autoencoder["learning_rate"]), max(autoencoder["learning_rate"])) == (0.001, 0.25)
    assert (len(autoencoder["decay"]), min(autoencoder["decay"])) == (4, 1e-5)
    assert set(autoencoder["activation"]) == {"tanh", "sigmoid"}
    assert load_protocol("chosen").network in paper.network_cells()
    assert load_protocol("chosen").autoencoder in paper.autoencoder_cells()


def test_the_chosen_values_are_the_papers():
    chosen = load_protocol("chosen")

    assert (chosen.autoencoder.learning_rate, chosen.autoencoder.decay) == (0.2, 1e-5)
    assert (chosen.network.learning_rate, chosen.network.decay) == (0.3, 5e-5)
    assert (chosen.autoencoder.momentum, chosen.network.momentum) == (0.2, 0.5)
    assert chosen.network.widths == (2000, 1000, 500)
    assert chosen.network.nonnegative == "all"


def test_only_nested_keeps_the_held_out_patients_out_of_everything():
    honest = {
        name
        for name in PROTOCOLS
        if (p := load_protocol(name)).choice != "reporting_folds"
        and p.expression_steps == p.target_scaling == "training_fold"
    }

    assert honest == {"nested"}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_settings_read_back_equal_from_json(name):
    config = load_protocol(
        name, seed=3, models=("network", "network_pca", "linear"), repeats=2, rater="ann"
    )

    assert settings_from(json.loads(json.dumps(settings_of(config))), "config.json") == config


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("network.learning_rate=0.1", lambda c: c.network.learning_rate, 0.1),
        ("network.learning_rate = 1", lambda c: c.network.learning_rate, 1.0),
        ("network.epochs=7", lambda c: c.network.epochs, 7),
        ("autoencoder.activation=sigmoid", lambda c: c.autoencoder.activation, "sigmoid"),
        ("widths=[8,4]", lambda c: c.autoencoder.widths, (8, 4)),
        ("widths=8,4", lambda c: c.network.widths, (8, 4)),
        ("keep_fold_models=false", lambda c: c.keep_fold_models, False),
        ("linear.n_lambdas=500", lambda c: c.baseline_settings.linear.n_lambdas, 500),
        ("linear.alphas=1", lambda c: c.baseline_settings.linear.alphas, (1.0,)),
        ("linear.alphas=0,0.5", lambda c: c.baseline_settings.linear.alphas, (0.0, 0.5)),
        ("repeats=3", lambda c: c.repeats, 3),
        ("network.grid.dropout=0,0.5", lambda c: c.network_grid["dropout"], (0.0, 0.5)),
    ],
)
def test_one_value_is_overridden_in_its_kind(override, get, value):
    assert get(load_protocol("nested", [override])) == value


def test_a_value_that_is_overridden_is_no_longer_searched():
    config = load_protocol("nested", ["network.learning_rate=0.3"])

    assert set(config.network_grid) == {"decay"}
    assert {cell.learning_rate for cell in config.network_cells()} == {0.3}


def test_the_grid_of_the_linear_baseline_is_the_papers():
    linear = load_protocol("paper").baseline_settings.linear

    assert linear.alphas == tuple(step / 20 for step in range(21))
    assert (linear.n_lambdas, linear.lambda_min_ratio) == (4000, 0.01)
    for name in ("chosen", "nested"):
        assert load_protocol(name).baseline_settings == load_protocol("paper").baseline_settings
    assert load_protocol("paper").baseline_settings == BaselineSettings()
    quick = load_protocol("quick").baseline_settings.linear
    assert (len(quick.alphas), quick.n_lambdas) == (5, 100)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_setting_of_every_baseline_is_written_out(name):
    folder = importlib.resources.files("radiogenomics.training") / "protocols"
    written = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))

    for part, values in dataclasses.asdict(BaselineSettings()).items():
        assert set(written[part]) == set(values)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("linear.alphas=[0,1.5]", r"linear\.alphas are \[0\.0, 1\.5\]; .*0 \(ridge\) to 1"),
        ("linear.alphas=[]", r"linear\.alphas are \[\]; give at least one"),
        ("linear.alpha=0.5", r"no setting linear\.alpha; did you mean linear\.alphas"),
        ("linear.n_lambdas=1", r"n_lambdas is 1; a path needs 2"),
        ("linear.n_lambdas=9.5", r"linear\.n_lambdas is 9\.5; it must be a whole number"),
        ("linear.lambda_min_ratio=1", r"must be in \(0, 1\)"),
        ("linear.grid.alphas=[1]", r"no setting linear\.grid\.alphas"),
        ("ridge.smallest=0", r"ridge\.largest must be no smaller than ridge\.smallest"),
        ("ridge.n_lambdas=0", r"ridge\.n_lambdas is 0"),
        ("pcr.most_components=0", r"pcr\.most_components is 0"),
        ("trees.leaves=1", r"trees\.leaves is 1; give 2 or more"),
        ("trees.learning_rate=0", r"trees\.learning_rate is 0\.0; it must be above 0"),
        ("trees.least_inputs=0", r"trees\.least_inputs is 0"),
        ("linear_absolute.lasso=[0.1,0.2]", r"linear_absolute\.lasso is .* the largest first"),
        ("repeats=0", r"repeats is 0"),
    ],
)
def test_impossible_settings_of_baselines_and_repeats_are_refused_by_key(override, message):
    with pytest.raises(InputError, match=message):
        load_protocol("nested", [override])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("network.learning_rat=0.3", r"no setting network\.learning_rat; did you mean network\.l"),
        ("epochs=3", r"no setting epochs; did you mean .*network\.epochs"),
        ("network.widths=[3]", r"no setting network\.widths"),
        ("seed=3", r"no setting seed"),
        ("network.epochs=1.5", r"network\.epochs is 1\.5; it must be a whole number"),
        ("network.epochs=true", r"must be a whole number"),
        ("network.learning_rate=fast", r"network\.learning_rate is 'fast'; it must be a number"),
        ("network.learning_rate=-1", r"network\.learning_rate is -1\.0; it must be above 0"),
        ("network.grid.learning_rate=[0.1,-1]", r"network\.learning_rate is -1"),
        ("network.grid.decay=[]", r"network\.grid\.decay is empty"),
        ("network.grid.decay=0.1", r"give a list"),
        ("choice=both", r"choice is 'both'; use none, reporting_folds, inner_folds"),
        ("choice=none", r"network\.grid has values but choice is \"none\""),
        ("choice=reporting_folds", r"use inner_folds with training_fold"),
        ("network.learning_rate", r"write key=value"),
        ("folds=1", r"folds is 1; cross-validation needs 2"),
        ("autoencoder.activation=relu", r"use tanh or sigmoid"),
    ],
)
def test_impossible_overrides_are_refused_by_key(override, message):
    with pytest.raises(InputError, match=message):
        load_protocol("nested", [override])


def test_a_protocol_of_ones_own_is_read_from_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'choice = "none"\nexpression_steps = "training_fold"\ntarget_scaling = "training_fold"\n'
        "folds = 4\nwidths = [6, 3]\n[network]\nepochs = 9\n"
    )
    config = load_protocol(str(path))

    assert (config.protocol, config.folds, config.network.epochs) == ("mine", 4, 9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("folds = ", "cannot be read as TOML"),
        ("fold = 3", "no setting fold; did you mean folds"),
        ("folds = 5", "does not say choice, expression_steps, target_scaling, which decide"),
        ('choice = "none"', "does not say expression_steps, target_scaling, which decide"),
    ],
)
def test_a_protocol_file_that_is_wrong_is_refused_by_name(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"mine\.toml.*{message}"):
        load_protocol(str(path))


def test_an_unknown_protocol_is_refused_with_those_that_ship():
    with pytest.raises(InputError, match=r"'neted' is no protocol; did you mean nested\?"):
        load_protocol("neted")


def test_models_are_listed_in_one_order_and_constants_go_without_saying():
    assert parse_models("ridge,network_plain, mean,linear,network") == (
        "network", "network_plain", "linear", "ridge",
    )  # fmt: skip
    assert set(CONSTANT_MODELS) == set(CENTRES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("netwrk", r"'netwrk' is no model; did you mean network"),
        ("network,liner", r"'liner' is no model; did you mean linear"),
        ("elastic", r"'elastic' is no model; use network, .*linear, ridge, pcr, trees"),
        ("median,mean,least_mape", r"No model is named that learns; .*always there"),
    ],
)
def test_models_that_cannot_be_trained_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_models(text)
