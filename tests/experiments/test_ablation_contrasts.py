"""The questions of an ablation, asked of columns that are made up."""

import numpy as np
import pandas as pd

from experiments import ablate
from experiments.ablation.contrasts import (
    contrasts_of,
    contrasts_table,
    paired_difference,
)
from experiments.ablation.grid import SETTINGS, columns_of
from experiments.ablation.summary import (
    SHOWN,
    levels_table,
    markdown_table,
    summary_table,
)
from gxjax.benchmark import Estimate

COLUMNS = columns_of(SETTINGS)


def made_up(values, spread=0.01, draws=200):
    """An `Estimate` whose draws are the values and a shift that all share."""
    values = np.asarray(values, float)
    shift = spread * np.random.default_rng(0).standard_normal((draws, 1))
    own = 1e-3 * np.random.default_rng(1).standard_normal((draws, len(values)))
    samples = values[None] + shift + own
    lower, upper = np.quantile(samples, [0.025, 0.975], axis=0)
    return Estimate(values, lower, upper, values, values, samples)


def test_contrasts__have_the_sign_of_what_was_made_up():
    effects = {"smoothgrad_squared": 0.3, "smoothgrad_root": 0.25, "smoothgrad": 0.1}

    def value(column):
        found = effects.get(column.noise, 0.0) + 0.02 * column.scaled
        found += 0.05 * (not column.multiplied)
        return found - 0.04 * (column.baseline == "zeros")

    estimates = {"metric": made_up([value(column) for column in COLUMNS])}
    table = contrasts_table(contrasts_of(COLUMNS), estimates)
    expected = {
        "smoothgrad_squared - none": 0.3,
        "smoothgrad - none": 0.1,
        "none_squared - none": 0.0,
        "smoothgrad_squared - none_squared": 0.3,
        "smoothgrad_squared - smoothgrad": 0.2,
        "smoothgrad_root - smoothgrad_squared": -0.05,
        "smoothgrad_squared - none, per sd": 0.3,
        "per sd - not": 0.02,
        "local - times input": 0.05,
        "zeros - mode": -0.04,
        "mean - mode": 0.0,
        "people - mode": 0.0,
    }
    assert set(table["question"]) == set(expected)
    for question, part in table.groupby("question"):
        np.testing.assert_allclose(part["difference"], expected[question], atol=1e-12)
        overall = part[part["method"] == "all"]
        # The shift that all columns share must not widen what is paired.
        assert (overall["upper"] - overall["lower"] < 0.01).all()
        if expected[question]:
            assert (np.sign(part["lower"]) == np.sign(part["upper"])).all()
            assert (part["p"] == 1 / 201).all()
    single = table[table["method"] != "all"]
    assert (single["p_holm"] >= single["p"]).all()
    assert table.loc[table["method"] == "all", "p_holm"].isna().all()


def test_contrasts__local_input_x_gradient_is_saliency():
    pairs = [
        (COLUMNS[one.first[0]], COLUMNS[one.second[0]])
        for one in contrasts_of(COLUMNS)
        if one.question == "local - times input" and one.column["method"] != "all"
    ]
    methods = {(first.method, second.method) for first, second in pairs}
    assert ("saliency", "input_x_gradient") in methods
    assert all(not first.multiplied and second.multiplied for first, second in pairs)
    assert len(pairs) == 4 * 5


def test_columns__are_in_the_order_of_the_scores():
    assert len(set(COLUMNS)) == len(COLUMNS) == 5 * 4 * 5 * 2
    first = [(c.method, c.noise) for c in COLUMNS[:4]]
    assert first == [
        *(("input_x_gradient", "none"), ("input_x_gradient", "none_squared")),
        *(("integrated_gradients", "none"), ("integrated_gradients", "none_squared")),
    ]


def test_paired_difference__of_what_is_unknown_is_unknown():
    one = made_up([0.2, np.nan])
    found = paired_difference(one, [0], [1])
    assert np.isnan(list(found.values())).all()


def test_summary__has_a_row_for_every_question():
    rng = np.random.default_rng(4)
    estimates = {name: made_up(rng.random(len(COLUMNS))) for name in SHOWN}
    contrasts = contrasts_table(contrasts_of(COLUMNS), estimates)
    table = summary_table(contrasts)
    assert set(table.groupby("row").size()) == {len(SHOWN)}
    heads = ("difference", *SHOWN)
    lines = markdown_table(table, heads).splitlines()
    assert len(lines) == 2 + table["row"].nunique()
    assert all(line.count("|") == len(heads) + 1 for line in lines)
    assert pd.api.types.is_float_dtype(table["difference"])


def test_levels__are_means_over_methods():
    estimates = {
        name: made_up([0.25 + 0.5 * column.multiplied for column in COLUMNS])
        for name in (*SHOWN, "spearman_dosage_sd")
    }
    text = levels_table(ablate.ablation_table(COLUMNS, estimates))
    lines = text.splitlines()
    assert len(lines) == 2 + 2 * 2 * 5
    for line in lines[2:]:
        words = [word.strip() for word in line.strip("|").split("|")]
        assert set(words[3:]) == {"0.75" if words[0] == "yes" else "0.25"}


def test_paired_difference__of_few_units_shows_nothing():
    one = made_up([0.8, 0.2])
    assert paired_difference(one, [0], [1])["p"] == 1 / 201
    found = paired_difference(one._replace(units=1), [0], [1])
    assert (found["p"], found["lower"]) == (1, 0)
    assert found["upper"] > 0.5
    assert paired_difference(one._replace(units=6), [0], [1])["p"] == 2 / 2**6
