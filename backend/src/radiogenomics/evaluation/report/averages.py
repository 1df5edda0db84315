"""Tables over all features: the averages (the paper's Table 2) and the losses after training."""

from __future__ import annotations

import numpy as np

from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.evaluation.comparison import Comparison
from radiogenomics.evaluation.report import paper
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.marks import COUNTS_NOTE, DAGGER, Measure
from radiogenomics.evaluation.report.naming import ModelStyle
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    count,
    lowest_strong,
    number,
    word,
    written,
)

_MAE, _MAPE, _LOSS = ".4f", ".2f", ".3f"


def averages_of(evidence: Evidence) -> dict[str, tuple[Estimate, Estimate]]:
    """Return by model the averages of scaled MAE and MAPE over the features, with intervals."""
    reference = evidence.lead_comparison.average
    found = {evidence.reference.name: (reference.scaled.reference, reference.percentage.reference)}
    for name, comparison in evidence.comparisons.items():
        average = comparison.average
        found[name] = (average.scaled.model, average.percentage.model)
    return {model.name: found[model.name] for model in evidence.models}


def averages_table(evidence: Evidence) -> Table:
    """Return the paper's Table 2, models in rows, this run beside the paper."""
    means = averages_of(evidence)
    reference = evidence.reference
    n_features = len(evidence.aligned.features)
    own_mae = lowest_strong([number(mae.value, _MAE) for mae, _ in means.values()])
    own_mape = lowest_strong([number(mape.value, _MAPE) for _, mape in means.values()])
    rows = []
    for model, mae, mape in zip(evidence.models, own_mae, own_mape, strict=True):
        estimates = means[model.name]
        printed = paper.AVERAGES.get(model.name)
        comparison = evidence.comparisons.get(model.name)
        cells = (
            word(model.name, model.label),
            mae,
            *_interval(estimates[0], _MAE),
            number(printed.mae_scaled if printed else None, _MAE),
            mape,
            *_interval(estimates[1], _MAPE),
            number(printed.mape if printed else None, _MAPE),
            _share(comparison.n_better_mae if comparison else None, n_features),
            _share(printed.lower_mae if printed else None, paper.N_FEATURES),
            _share(comparison.n_better_mape if comparison else None, n_features),
            _share(printed.lower_mape if printed else None, paper.N_FEATURES),
            *_significant(comparison),
        )
        rows.append(Row(cells, _section(model)))
    n_patients = len(evidence.aligned.patients)
    return Table(
        "table2_averages",
        "Table 2",
        f"Average errors over the {n_features} features on {n_patients} held-out patients, this "
        f"run beside the paper ({paper.N_PATIENTS} patients); the lowest of a column is bold.",
        _average_columns(reference.label),
        tuple(rows),
        (
            "MAE: mean absolute error in parts of each feature's largest measured value. MAPE: "
            "mean absolute percentage error. Intervals by bootstrap over the patients.",
            f"The lower-error counts compare with the {reference.label}"
            + (
                ", as in the paper."
                if reference.name == "linear"
                else "; the paper's compare with its elastic net, which is not in this run."
            ),
            COUNTS_NOTE,
            "The paper's data are not these: its numbers are for orientation, not a competition.",
        ),
        wide=True,
    )


def losses_table(evidence: Evidence) -> Table | None:
    """Return the losses after the last epoch beside those of the paper; None without networks."""
    if not evidence.curves:
        return None
    rows = []
    for model in evidence.models:
        curve = evidence.curves.get(model.name)
        if curve is None:
            continue
        printed = paper.LOSSES.get(model.name)
        with_end = np.isfinite(curve.validation[:, -1])
        training, validation = (
            float(losses[with_end, -1].mean()) if with_end.any() else None
            for losses in (curve.training, curve.validation)
        )
        rows.append(
            Row(
                (
                    word(model.name, model.label),
                    word("mean absolute error"),
                    count(int(with_end.sum())),
                    number(training, _LOSS),
                    number(printed.training if printed else None, _LOSS),
                    number(validation, _LOSS),
                    number(printed.validation if printed else None, _LOSS),
                )
            )
        )
    if evidence.autoencoder_loss is not None:
        rows.append(
            Row(
                (
                    word("autoencoder"),
                    word("mean squared error"),
                    count(None),
                    number(evidence.autoencoder_loss, 3),
                    number(paper.AUTOENCODER_LOSS, _LOSS),
                    number(None, _LOSS),
                    number(None, _LOSS),
                )
            )
        )
    return Table(
        "losses",
        "Losses after the last epoch",
        "Mean over the folds, in parts of each feature's maximum; this run beside the paper.",
        (
            Column("model", "Model", numeric=False),
            Column("loss", "Loss", numeric=False),
            Column("folds", "Folds"),
            Column("training", "this run", "Training"),
            Column("training_paper", "paper", "Training"),
            Column("validation", "this run", "Validation"),
            Column("validation_paper", "paper", "Validation"),
        ),
        tuple(rows),
        (
            "The training loss is taken with dropout, the validation loss without. The "
            "autoencoder's is of the training on all its patients.",
        ),
    )


def _average_columns(reference: str) -> tuple[Column, ...]:
    lower = f"lower than {reference}"
    return (
        Column("model", "Model", numeric=False),
        Column("mae_scaled", "this run", "Average MAE"),
        Column("", "95 % interval", "Average MAE"),
        Column("mae_scaled_lower", None),
        Column("mae_scaled_upper", None),
        Column("mae_scaled_paper", "paper", "Average MAE"),
        Column("mape", "this run", "Average MAPE, %"),
        Column("", "95 % interval", "Average MAPE, %"),
        Column("mape_lower", None),
        Column("mape_upper", None),
        Column("mape_paper", "paper", "Average MAPE, %"),
        Column("features_lower_mae", "this run", f"MAE {lower}"),
        Column("features_lower_mae_paper", "paper", f"MAE {lower}"),
        Column("features_lower_mape", "this run", f"MAPE {lower}"),
        Column("features_lower_mape_paper", "paper", f"MAPE {lower}"),
        *significant_columns("MAE", "mae", f"{DAGGER} lower, higher"),
        *significant_columns("MAPE", "mape", f"{DAGGER} lower, higher"),
    )


def significant_columns(head: str, key: str, group: str) -> tuple[Column, ...]:
    """Return the columns of `significant_counts`."""
    return (
        Column("", head, group),
        *(
            Column(f"features_{test}significantly_{way}_{key}", None)
            for test in ("", "cautiously_")
            for way in ("lower", "higher")
        ),
    )


def _section(model: ModelStyle) -> str:
    return {"network": "Networks", "baseline": "Baselines", "floor": "Floors"}[model.group]


def interval_text(estimate: Estimate, form: str | int, between: str = "–") -> str:
    """Write the interval of an estimate: ``0.12–0.18``; ends that can be negative need words."""
    return f"{written(estimate.lower, form)}{between}{written(estimate.upper, form)}"


def _interval(estimate: Estimate, form: str) -> tuple[Cell, Cell, Cell]:
    return (
        Cell(None, interval_text(estimate, form)),
        number(estimate.lower, form),
        number(estimate.upper, form),
    )


def _share(features: int | None, total: int) -> Cell:
    if features is None:
        return Cell(None, "—")
    return Cell(features, f"{features} ({100 * features / total:.0f} %)")


def _significant(comparison: Comparison | None) -> list[Cell]:
    if comparison is None:
        return [Cell(None, "—")] * 10
    return [
        *significant_counts(comparison, "absolute"),
        *significant_counts(comparison, "percentage"),
    ]


def significant_counts(comparison: Comparison, measure: Measure) -> list[Cell]:
    """Count the features with a significantly lower and higher error, by both tests.

    Five cells: what the page shows, and lower and higher by the paper's and by the cautious test.
    """
    plain, cautious = (
        [len(found) for found in comparison.significant(measure, cautious=by_caution)]
        for by_caution in (False, True)
    )
    text = f"{_both(plain[0], cautious[0])}, {_both(plain[1], cautious[1])}"
    return [Cell(None, text), *map(count, (*plain, *cautious))]


def difference_cell(estimate: Estimate, form: str | int, mark: str = "") -> Cell:
    """Return the page's cell of a difference with its interval."""
    text = f"{written(estimate.value, form)} ({interval_text(estimate, form, ' to ')})"
    return Cell(None, text, mark=mark)


def _both(plain: int, cautious: int) -> str:
    return f"{plain}" if plain == cautious else f"{plain} ({cautious})"
