"""The knockoff filter by hand, by its definition, and its level in simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import toeplitz

from gxjax.benchmark.knockoff_filter import (
    copy_pairs,
    knockoff_statistics,
    knockoff_threshold,
    selected_table,
)
from gxjax.types import KINDS, Neighbours, Truth


def truth_of(kinds, partner, typed=None):
    nothing = np.full(len(kinds), np.nan, np.float32)
    codes = np.array([KINDS.index(kind) for kind in kinds], np.int8)
    return Truth(codes, np.array(partner, np.int32), nothing, nothing, typed)


def beside_copies(kinds, copy="knockoff"):
    """Variants of the given kinds, then a copy of each."""
    count = len(kinds)
    partner = [-1] * count + list(range(count))
    return truth_of([*kinds, *[copy] * count], partner)


def test_copy_pairs__follow_partners():
    kinds = ["real", "real", "knockoff", "real", "knockoff", "decoy"]
    truth = truth_of(kinds, [-1, -1, 1, -1, 0, 3])
    assert_array_equal(copy_pairs(truth), [[0, 1], [4, 2]])
    assert_array_equal(copy_pairs(truth, "permuted"), [[3], [5]])
    hidden = truth._replace(typed=np.array([True, False, True, True, True, True]))
    assert_array_equal(copy_pairs(hidden), [[0], [4]])


def test_knockoff_statistics__subtract_the_copy():
    truth = beside_copies(["real", "dominant", "real"])
    scores = np.array([[5.0, 2, 1, 4, 3, 1]])
    assert_allclose(knockoff_statistics(scores, truth), [[1, -1, 0]])
    groups = np.array([0, 0, 2, -1, -1, -1])
    assert_allclose(knockoff_statistics(scores, truth, groups=groups), [[1, 0, 0]])
    summed = knockoff_statistics(scores, truth, groups=groups, combine="sum")
    assert_allclose(summed, [[0, 0, 0]])


@given(st.integers(0, 10_000))
def test_knockoff_statistics__flip_when_a_group_is_swapped(seed):
    generator = np.random.default_rng(seed)
    truth, scores = beside_copies(["real"] * 6), generator.random((1, 12))
    groups = np.tile(generator.integers(0, 3, 6), 2)
    swapped = scores.copy()
    inside = np.flatnonzero(groups[:6] == 1)
    swapped[:, inside], swapped[:, inside + 6] = (
        scores[:, inside + 6],
        scores[:, inside],
    )
    sign = np.where(np.arange(groups.max() + 1) == 1, -1, 1)
    for combine in ("max", "sum"):
        options = {"groups": groups, "combine": combine}
        before = knockoff_statistics(scores, truth, **options)
        after = knockoff_statistics(swapped, truth, **options)
        assert_allclose(after, before * sign, atol=1e-12)


def test_knockoff_threshold__by_hand():
    w = np.array([5.0, 4, 3, 2, 1, -1, 0])
    # At t = 2 four are above, none below: (1 + 0) / 4; at 1 it is (1 + 1) / 5.
    assert knockoff_threshold(w, 0.25) == 2
    assert knockoff_threshold(w, 0.4) == 1
    assert knockoff_threshold(w, 0.2) == np.inf
    assert knockoff_threshold(w, 0.1, offset=0) == 2
    assert knockoff_threshold(np.zeros(4), 0.5) == np.inf


@given(
    st.lists(st.integers(-6, 6), max_size=30),
    st.sampled_from([0.05, 0.2, 0.5]),
    st.sampled_from([0, 1]),
)
def test_knockoff_threshold__is_the_definition(values, fdr, offset):
    w = np.array(values, float)
    allowed = [
        abs(t)
        for t in w
        if t and (offset + (w <= -abs(t)).sum()) / max(1, (w >= abs(t)).sum()) <= fdr
    ]
    assert knockoff_threshold(w, fdr, offset) == min(allowed, default=np.inf)


def test_selected_table__counts_what_is_planted_and_what_is_false():
    truth = beside_copies(["additive", "real", "real", "polygenic", "real"])
    scores = np.array([[9.0, 8, 7, 6, 1, 0, 0, 0, 0, 2]])
    column = (("saliency", "none"),)
    table = selected_table(scores, column, truth, fdrs=(0.05, 0.3))
    none, row = table.to_dict("records")
    assert (none["threshold"], none["selected"], none["realised"]) == (np.inf, 0, 0)
    assert (row["threshold"], row["selected"], row["planted_selected"]) == (6, 4, 1)
    assert (row["false_selected"], row["realised"]) == (2, 0.5)
    # Variant 1 tags the planted one by r^2 = 0.7.
    starts = np.array([0, 1, 2, *[2] * 8])
    tags = Neighbours(starts, np.array([1, 0]), np.array([0.7, 0.7], np.float32))
    mended = selected_table(scores, column, truth, fdrs=(0.3,), neighbours=tags)
    assert mended["realised"].item() == 0.25
    # Networks are not shown the planted one: what tags it is right still.
    hidden = truth._replace(typed=np.tile([False, True, True, True, True], 2))
    told = selected_table(scores, column, hidden, fdrs=(0.4,), neighbours=tags).iloc[0]
    assert (told.selected, told.planted_selected, told.false_selected) == (3, 0, 1)
    groups = np.array([0, 0, 1, 2, 3, *[-1] * 5])
    loci = selected_table(scores, column, truth, fdrs=(0.4,), groups=groups).iloc[0]
    assert (loci.selected, loci.planted_selected, loci.false_selected) == (3, 1, 1)


def test_selected_table__does_not_know_without_planted_variants():
    truth = beside_copies(["real"] * 4, "decoy")
    scores = np.array([[9.0, 8, 7, 6, 0, 0, 0, 0]])
    column = (("saliency", "none"),)
    row = selected_table(scores, column, truth, null="permuted", fdrs=(0.3,)).iloc[0]
    assert (row["null"], row.selected) == ("permuted", 4)
    assert np.isnan([row.false_selected, row.realised]).all()


def gaussian_knockoffs(covariance):
    """Draws `(generator, people) -> X, knockoffs` of a known Gaussian model, exact."""
    variants = len(covariance)
    s = 0.999 * min(1.0, 2 * np.linalg.eigvalsh(covariance)[0])
    pull = s * np.linalg.inv(covariance)
    root = np.linalg.cholesky(covariance).T
    spread = np.linalg.cholesky(2 * s * np.eye(variants) - s * pull).T

    def draw(generator, people):
        x = generator.standard_normal((people, variants)) @ root
        noise = generator.standard_normal((people, variants)) @ spread
        return x, x - x @ pull + noise

    return draw


def test_selected_table__holds_its_level_in_simulation():
    """Ridge on AR(1) variants with exact knockoffs, 150 data sets, ten effects."""
    generator = np.random.default_rng(7)
    people, variants, level = 150, 50, 0.2
    draw = gaussian_knockoffs(toeplitz(0.5 ** np.arange(variants)))
    false, found = [], []
    for _ in range(150):
        chosen = generator.choice(variants, 10, replace=False)
        x, copies = draw(generator, people)
        y = x[:, chosen].sum(axis=1) * 0.4 + generator.standard_normal(people)
        both = np.concatenate([x, copies], axis=1)
        gram = both.T @ both + 30 * np.eye(2 * variants)
        scores = np.abs(np.linalg.solve(gram, both.T @ y))[None]
        kinds = np.where(np.isin(np.arange(variants), chosen), "additive", "real")
        row = selected_table(
            scores, (("ridge", "none"),), beside_copies(list(kinds)), fdrs=(level,)
        ).iloc[0]
        false.append(row.realised)
        found.append(row.planted_selected / 10)
    error = np.std(false, ddof=1) / np.sqrt(len(false))
    assert np.mean(false) < level + error
    assert np.mean(found) > 0.5


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda t: copy_pairs(t, "decoys"), "null: found 'decoys'"),
        (lambda t: copy_pairs(t, "permuted"), "truth: no decoy"),
        (lambda t: knockoff_statistics(np.ones((1, 3)), t), "scores: shape"),
        (lambda t: knockoff_statistics(np.full((1, 2), np.nan), t), "scores: NaN"),
        (
            lambda t: knockoff_statistics(
                np.ones((1, 2)), t, groups=np.zeros(2, int), combine="mean"
            ),
            "combine: found",
        ),
        (lambda t: knockoff_threshold(np.ones(3), 1.0), "fdr, offset"),
        (lambda t: knockoff_threshold(np.ones(3), 0.1, 2), "fdr, offset"),
    ],
)
def test_knockoff_filter__raises(call, match):
    with pytest.raises(ValueError, match=match):
        call(beside_copies(["real"]))
