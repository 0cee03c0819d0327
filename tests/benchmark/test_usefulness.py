"""Useful is what beats every comparator, in paired draws."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from gxjax.benchmark.estimates import Estimate, interval
from gxjax.benchmark.usefulness import COMPARATORS, usefulness_table

COLUMNS = [
    *(("saliency", "none"), ("saliency", "smoothgrad")),
    *(("gwas", "none"), ("random", "none")),
]


def _estimate(values, spread=0.01, shared=0.2):
    generator = np.random.default_rng(1)
    samples = values + shared * generator.normal(size=(500, 1))
    samples = samples + spread * generator.normal(size=(500, len(values)))
    value = np.asarray(values, np.float64)
    return Estimate(value, *interval(samples), value, value, samples)


def test_usefulness_table__asks_for_every_comparator():
    table = usefulness_table({"additive": [_estimate([0.6, 0.4, 0.5, 0.02])]}, COLUMNS)
    assert table.columns.tolist() == [
        *("method", "noise", "effect", "value", "beaten", "not_beaten", "useful"),
    ]
    assert table.noise.tolist() == ["none", "smoothgrad"]
    assert_allclose(table.value, [0.6, 0.4])
    assert table.beaten.tolist() == ["gwas,random", "random"]
    assert table.not_beaten.tolist() == ["", "gwas"]
    assert table.useful.tolist() == [True, False]
    alone = usefulness_table({"additive": _estimate([0.6, 0.4, 0.5, 0.02])}, COLUMNS)
    assert alone.equals(table)


def test_usefulness_table__pairs_draws_and_needs_a_difference_beyond_noise():
    # Intervals of the columns overlap widely, those of the differences do not.
    values = [0.6, 0.52, 0.5, 0.02]
    estimates = {"clear": _estimate(values), "noisy": _estimate(values, spread=0.1)}
    each = {name: [one] for name, one in estimates.items()}
    table = usefulness_table(each, COLUMNS).set_index(["effect", "noise"])
    assert estimates["clear"].lower[0] < estimates["clear"].upper[2]
    assert table.useful["clear", "none"]
    assert table.not_beaten["clear", "smoothgrad"] == "gwas"
    assert not table.useful["noisy", "none"]


def test_usefulness_table__a_comparator_must_be_beaten_by_every_figure():
    variants, loci = _estimate([0.6, 0.4, 0.5, 0.02]), _estimate([0.3, 0.4, 0.5, 0.02])
    table = usefulness_table({"additive": [variants, loci]}, COLUMNS)
    assert_allclose(table.value, [0.6, 0.4])
    assert table.beaten.tolist() == ["random", "random"]
    assert table.not_beaten.tolist() == ["gwas", "gwas"]
    assert not table.useful.any()


def test_usefulness_table__what_is_unknown_is_not_beaten():
    estimate = _estimate([0.6, np.nan, 0.2, np.nan])
    table = usefulness_table({"additive": [estimate]}, COLUMNS)
    assert table.beaten.tolist() == ["gwas", ""]
    assert table.not_beaten.tolist() == ["random", "gwas,random"]
    assert not table.useful.any()


def test_usefulness_table__without_a_comparator_nothing_is_useful():
    estimate = _estimate([0.6, 0.4])
    table = usefulness_table({"additive": [estimate]}, COLUMNS[:2])
    assert len(table) == 2
    assert not table.useful.any()
    assert (table.beaten == "").all()


def test_usefulness_table__comparators_can_be_named():
    estimate = _estimate([0.6, 0.4, 0.5, 0.02])
    table = usefulness_table({"all": [estimate]}, COLUMNS, comparators=("random",))
    assert table.method.tolist() == ["saliency", "saliency", "gwas"]
    assert table.useful.all()
    assert len(usefulness_table({}, COLUMNS)) == 0
    assert len(COMPARATORS) == 8


def test_usefulness_table__raises_on_other_columns():
    with pytest.raises(ValueError, match="additive has 3 columns; expected 4"):
        usefulness_table({"additive": [_estimate([0.6, 0.4, 0.5])]}, COLUMNS)


def test_usefulness_table__few_planted_variants_show_nothing():
    one = _estimate([0.6, 0.4, 0.5, 0.02])
    table = usefulness_table({"few": [one._replace(units=5)]}, COLUMNS)
    assert table.not_beaten.tolist() == ["gwas,random"] * 2
    assert not table.useful.any()
    table = usefulness_table({"more": [one._replace(units=6)]}, COLUMNS)
    assert table.useful.tolist() == [True, False]
