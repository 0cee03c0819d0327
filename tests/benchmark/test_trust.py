"""The columns that are not worse than the best, effect by effect."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from gxjax.benchmark.comparison import comparisons_table
from gxjax.benchmark.estimates import Estimate, interval
from gxjax.benchmark.trust import trusted_columns
from gxjax.benchmark.usefulness import usefulness_table

COLUMNS = [
    *(("saliency", "none"), ("saliency", "smoothgrad")),
    *(("deeplift", "none"), ("gwas", "none")),
]


def _estimate(values, spread):
    generator = np.random.default_rng(2)
    value = np.asarray(values, np.float64)
    samples = value + spread * generator.normal(size=(999, len(values)))
    return Estimate(value, *interval(samples), value, value, samples)


def _trusted(estimates, metric="recall"):
    named = {(metric, effect): one for effect, one in estimates.items()}
    comparisons = comparisons_table(named, COLUMNS)
    each = {effect: [one] for effect, one in estimates.items()}
    usefulness = usefulness_table(each, COLUMNS)
    return trusted_columns(estimates, COLUMNS, comparisons, usefulness)


def test_trusted_columns__by_effect():
    table = _trusted(
        {
            "additive": _estimate([0.50, 0.20, 0.51, 0.60], 0.02),
            "dominant": _estimate([0.30, 0.80, 0.79, 0.10], 0.02),
        }
    )
    assert table.columns.tolist() == [
        *("effect", "method", "noise", "value", "lower", "upper"),
        *("best", "within_noise_of_best", "useful"),
    ]
    additive, dominant = table[:3], table[3:]
    assert additive.method.tolist() == ["deeplift", "saliency", "saliency"]
    assert additive.best.tolist() == [True, False, False]
    assert additive.within_noise_of_best.tolist() == [True, True, False]
    assert not additive.useful.any()
    assert dominant.noise.tolist() == ["smoothgrad", "none", "none"]
    assert dominant.within_noise_of_best.tolist() == [True, True, False]
    assert dominant.useful.all()
    assert_allclose(dominant.value, [0.80, 0.79, 0.30])
    assert (dominant.lower < dominant.value).all()


def test_trusted_columns__ties_are_both_best_and_nan_is_neither():
    table = _trusted({"additive": _estimate([0.5, np.nan, 0.5, 0.1], 0.02)})
    assert table.best.tolist() == [True, True, False]
    assert table.within_noise_of_best.tolist() == [True, True, False]
    nothing = _trusted({"additive": _estimate([np.nan] * 4, 0.02)})
    assert not nothing.within_noise_of_best.any()
    assert len(_trusted({})) == 0


def test_trusted_columns__ties_do_not_depend_on_the_order_of_columns():
    """The third is worse than one of two that are tied, not told from the other."""
    generator = np.random.default_rng(4)
    shift = generator.normal(size=(999, 3)) * [0.001, 0.2, 0.001]
    value = np.array([0.5, 0.5, 0.4])
    names = [("saliency", "none"), ("deeplift", "none"), ("mine", "none")]
    tables = []
    for order in ([0, 1, 2], [1, 0, 2]):
        samples = (value + shift)[:, order]
        one = Estimate(value[order], *interval(samples), value, value, samples)
        columns = [names[column] for column in order]
        compared = comparisons_table({("recall", "all"): one}, columns)
        useful = usefulness_table({"all": [one]}, columns)
        tables.append(trusted_columns({"all": one}, columns, compared, useful))
    first, second = tables
    assert first.method.tolist() == ["deeplift", "saliency", "mine"]
    assert first.within_noise_of_best.tolist() == [True, True, False]
    assert_frame_equal(first, second)


def test_trusted_columns__raises_on_comparisons_that_do_not_serve():
    estimates = {"additive": _estimate([0.5, 0.4, 0.3, 0.1], 0.02)}
    one = {("recall", "additive"): estimates["additive"]}
    each = {effect: [one] for effect, one in estimates.items()}
    usefulness = usefulness_table(each, COLUMNS)
    reference = comparisons_table(one, COLUMNS, reference=("gwas", "none"))
    with pytest.raises(ValueError, match="no pair of"):
        trusted_columns(estimates, COLUMNS, reference, usefulness)
    both = one | {("average_precision", "additive"): estimates["additive"]}
    with pytest.raises(ValueError, match="metrics recall, average_precision"):
        trusted_columns(
            estimates, COLUMNS, comparisons_table(both, COLUMNS), usefulness
        )
