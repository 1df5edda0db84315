"""Data that a training cannot use: each is refused before anything is made."""

import dataclasses

import pytest

from radiogenomics.errors import InputError
from radiogenomics.training.data import read_training_data
from radiogenomics.training.planning import plan_folds
from radiogenomics.training.run import train


def table(path, values):
    lines = ["id,g1,g2", *(f"{name},{a},{b}" for name, (a, b) in values.items())]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_matrix_of_zeros_is_refused(make, tmp_path):
    names = make.patients(4)
    expression = table(tmp_path / "e.csv", dict.fromkeys(names, ("0", "")))

    with pytest.raises(InputError, match=r"e\.csv: every value is 0"):
        read_training_data(expression, make.features(make.rows(names)))


def test_genes_that_do_not_vary_among_the_patients_of_a_fold_are_left_out_there(
    make, quick, tmp_path
):
    # Only one patient differs in g1, so the fold that holds it out cannot use the gene.
    names = make.patients(9)
    values = {name: ("1" if n else "2", str(n * 1.5)) for n, name in enumerate(names)}
    expression = table(tmp_path / "e.csv", values)
    data = read_training_data(expression, make.features(make.rows(names)))
    config = dataclasses.replace(quick, expression_steps="training_fold", models=("network",))
    result = train(data, tmp_path / "run", config)

    assert result.manifest["genes"]["used"] == 2
    assert len(result.predictions) == 9 * 20 * 4


def test_fewer_patients_than_inner_folds_are_refused_with_both_numbers(make, quick):
    names = make.patients(4)
    data = read_training_data(make.expression(names), make.features(make.rows(names)))
    config = dataclasses.replace(
        quick, choice="inner_folds", inner_folds=3, network_grid={"decay": (0.0, 0.1)}, folds=2
    )

    with pytest.raises(InputError, match=r"2 patients .*fewer than the 3 inner folds.*inner_folds"):
        plan_folds(data, config)
    assert plan_folds(data, dataclasses.replace(config, inner_folds=2))


def test_a_feature_without_a_value_anywhere_is_refused(make):
    names = make.patients(3)
    rows = [
        dataclasses.replace(row, value=None) if row.roi == "edema" else row
        for row in make.rows(names)
    ]

    with pytest.raises(InputError, match=r"no patient has all 20 features .*empty ROI: edema"):
        read_training_data(make.expression(names), make.features(rows))
