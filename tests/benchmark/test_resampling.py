"""Bootstrap intervals: by hand, against the variance formula, by their coverage."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from gxjax.benchmark.estimates import Estimate, concatenate, interval
from gxjax.benchmark.resampling import SHARE, Ratio, estimate

KEY = jax.random.key(3)


def _found(generator, columns, members, units, spread=0.0, shift=0.0):
    """Hits of a recall: units differ in how easy they are, members in skill."""
    ease = generator.normal(size=units)
    skill = spread * generator.normal(size=(members, 1))
    noise = generator.normal(size=(columns, members, units))
    hit = ease + skill + noise + shift > 0
    return Ratio(hit.astype(np.float32), np.ones((1, 1, units), np.float32))


def test_estimate__by_hand():
    numerator = np.array([[[1, 1, 0, 1], [0, 1, 0, 1]], [[0, 0, 0, 0], [4, 0, 0, 0]]])
    denominator = np.array([[[1, 1, 1, 1], [1, 1, 1, 1]], [[0, 0, 0, 0], [1, 2, 3, 2]]])
    first = Ratio(numerator.astype(np.float32), denominator.astype(np.float32))
    second = Ratio(np.ones((2, 1, 3), np.float32), np.full((1, 1, 3), 2, np.float32))
    one = estimate([first], KEY)
    assert_allclose(one.value, [(3 / 4 + 2 / 4) / 2, (0 + 4 / 8) / 2])
    assert_allclose(one.least, [0.5, 0])
    assert_allclose(one.greatest, [0.75, 0.5])
    both = estimate([first, second], KEY)
    # Replicates count alike, however many members they have.
    assert_allclose(both.value, (one.value + 0.5) / 2)
    assert_allclose(both.greatest, [0.75, 0.5])
    assert both.samples.shape == (1000, 2)
    assert both.samples.dtype == both.value.dtype == np.float64
    assert (both.lower <= both.value).all()
    assert (both.value <= both.upper).all()


def test_estimate__one_unit_and_one_member_is_sure():
    ratio = Ratio(np.float32([[[1]], [[0.3]]]), np.float32([[[3]]]))
    result = estimate([ratio], KEY, draws=20)
    assert_array_equal(result.lower, result.value)
    assert_array_equal(result.upper, result.value)
    assert_array_equal(result.least, result.greatest)


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_interval__is_the_percentiles(level):
    draws = np.arange(101.0)[:, None] * [1, -2]
    lower, upper = interval(draws, level)
    assert_allclose(lower, [50 * (1 - level), -100 * (1 + level)])
    assert_allclose(upper, [50 * (1 + level), -100 * (1 - level)])


def test_estimate__variance_is_that_of_the_mean():
    generator = np.random.default_rng(1)
    units = _found(generator, 2, 1, 9)
    share = units.numerator[:, 0]
    drawn = estimate([units], KEY, draws=20_000).samples
    assert_allclose(drawn.var(axis=0), share.var(axis=1, ddof=1) / 9, rtol=0.05)
    # A member of many units: what is left to vary is the member.
    skills = np.float32([0.1, 0.3, 0.35, 0.7])
    members = np.repeat(skills[None, :, None], 2, axis=2)
    drawn = estimate([Ratio(members, np.ones_like(members))], KEY, draws=20_000).samples
    assert_allclose(drawn.var(axis=0), skills.var(ddof=1) / 4, rtol=0.05)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_estimate__variance_over_replicates_counts_units_once(shift):
    generator = np.random.default_rng(2)
    ratios = [_found(generator, 1, 1, 40, shift=shift * (r % 3)) for r in range(6)]
    means = np.array([ratio.numerator.mean() for ratio in ratios])
    units = np.array([ratio.numerator.var(ddof=1) / 40 for ratio in ratios])
    expected = max(means.var(ddof=1), units.mean()) / 6
    drawn = estimate(ratios, KEY, draws=8000).samples
    assert_allclose(drawn.var(), expected, rtol=0.06)


def test_estimate__interval_of_few_replicates_is_as_wide_as_of_student():
    # One unit, one member: nothing but replicates varies, of four degrees of freedom.
    shares = np.float32([0.1, 0.3, 0.4, 0.45, 0.8]).reshape(5, 1, 1, 1)
    ratios = [Ratio(share, np.ones((1, 1, 1), np.float32)) for share in shares]
    result = estimate(ratios, KEY, draws=20_000)
    wider = 2 * stats.norm.cdf(stats.t.ppf(0.975, 4)) - 1
    expected = np.quantile(result.samples, [(1 - wider) / 2, (1 + wider) / 2], axis=0)
    assert_allclose([result.lower, result.upper], expected)
    assert_allclose(result.samples.var(), shares.var(ddof=1) / 5, rtol=0.05)


@pytest.mark.parametrize(
    ("replicates", "members", "spread", "shift"),
    [(1, 1, 0, 0), (1, 10, 0.3, 0), (1, 10, 0.8, 0), (5, 3, 0.3, 0.2), (5, 3, 0.2, 0)],
)
def test_estimate__interval_covers_the_truth(replicates, members, spread, shift):
    generator = np.random.default_rng(5)
    sets = 400  # one per column
    ratios = []
    for _ in range(replicates):
        ease = generator.normal(size=(sets, 1, 60))
        skill = spread * generator.normal(size=(sets, members, 1))
        truth = shift * generator.normal(size=(sets, 1, 1))
        noise = generator.normal(size=(sets, members, 60))
        hit = ease + skill + truth + noise > 0
        ratios.append(Ratio(hit.astype(np.float32), np.ones((1, 1, 60), np.float32)))
    result = estimate(ratios, KEY, draws=400)
    covered = (result.lower <= 0.5) & (result.upper >= 0.5)
    assert 0.90 <= covered.mean() <= 0.995


def test_estimate__columns_and_calls_are_paired():
    generator = np.random.default_rng(3)
    ratio = _found(generator, 3, 4, 50)
    other = ratio._replace(numerator=ratio.numerator[1:2])
    again = _found(generator, 3, 2, 50)
    both = [other, again._replace(numerator=again.numerator[1:2])]
    full, part = estimate([ratio, again], KEY), estimate(both, KEY)
    for whole, one in zip(full[:6], part[:6], strict=True):
        assert_allclose(whole[..., 1], one[..., 0], rtol=1e-6)
    alone = estimate([other], KEY)
    assert_array_equal(alone.samples[:, 0], estimate([ratio], KEY).samples[:, 1])
    # A column of one member shares the weights of the units.
    gwas = Ratio(ratio.numerator[:1, :1], ratio.denominator)
    ten = Ratio(np.repeat(gwas.numerator, 10, axis=1), ratio.denominator)
    single, same = estimate([gwas], KEY), estimate([ten], KEY)
    assert_allclose(single.samples, same.samples, rtol=1e-12)


def test_estimate__is_the_same_again_and_another_with_another_key():
    ratio = _found(np.random.default_rng(4), 2, 3, 30)
    again = estimate([ratio], KEY)
    for first, second in zip(estimate([ratio], KEY), again, strict=True):
        assert_array_equal(first, second)
    other = estimate([ratio], jax.random.key(4))
    assert (other.samples != again.samples).any()
    assert_array_equal(other.value, again.value)


def test_estimate__does_not_depend_on_how_many_draws_fit(monkeypatch):
    ratio = _found(np.random.default_rng(5), 2, 3, 30)
    whole = estimate([ratio], KEY, draws=50)
    monkeypatch.setattr("gxjax.benchmark.resampling._COUNTS_AT_ONCE", 100)
    assert_array_equal(estimate([ratio], KEY, draws=50).samples, whole.samples)


def test_estimate__leaves_out_replicates_without_a_unit():
    ratio = _found(np.random.default_rng(6), 2, 3, 30)
    empty = Ratio(np.zeros((2, 3, 0), np.float32), np.zeros((1, 1, 0), np.float32))
    result = estimate([ratio, empty], KEY)
    assert_array_equal(result.samples, estimate([ratio], KEY).samples)


def test_estimate__keeps_a_nan_to_its_column():
    ratio = _found(np.random.default_rng(7), 2, 3, 30)
    ratio.numerator[1] = np.nan
    result = estimate([ratio, ratio], KEY)
    assert np.isnan(result.value).tolist() == [False, True]
    assert np.isnan(result.upper).tolist() == [False, True]


def test_concatenate__puts_columns_beside_each_other():
    generator = np.random.default_rng(8)
    parts = [estimate([_found(generator, c, 2, 20)], KEY, draws=30) for c in (1, 2)]
    whole = concatenate(parts)
    assert isinstance(whole, Estimate)
    assert whole.samples.shape == (30, 3)
    assert_array_equal(whole.upper[1:], parts[1].upper)
    with pytest.raises(ValueError, match=r"found \[20, 30\] draws"):
        concatenate([parts[0], estimate([_found(generator, 1, 2, 9)], KEY, draws=20)])


def test_estimate__raises_on_what_does_not_fit():
    ratio = _found(np.random.default_rng(9), 2, 3, 5)
    other = _found(np.random.default_rng(9), 1, 3, 5)
    with pytest.raises(ValueError, match="same C in every replicate"):
        estimate([ratio, other], KEY)
    with pytest.raises(ValueError, match="no unit in any replicate"):
        estimate([Ratio(ratio.numerator[:, :, :0], ratio.denominator)], KEY)
    with pytest.raises(ValueError, match=r"a denominator of shape \(1, 1, 4\)"):
        estimate([ratio._replace(denominator=np.ones((1, 1, 4)))], KEY)
    with pytest.raises(ValueError, match=r"draws, level: found 1, 0\.95"):
        estimate([ratio], KEY, draws=1)
    with pytest.raises(ValueError, match="draws, level: found 9, 95"):
        estimate([ratio], KEY, draws=9, level=95)


@pytest.mark.parametrize(("units", "end"), [(1, 0.975), (6, 0.4593), (40, 0.0881)])
def test_estimate__ends_where_none_or_all_had_a_small_chance(units, end):
    exact = stats.binomtest(0, units).proportion_ci(method="exact")
    hit = np.zeros((3, 2, units), np.float32)
    hit[1] = 1
    hit[2, :, : units // 2] = 1
    ratio = Ratio(hit, np.ones((1, 1, units), np.float32))
    result = estimate([ratio], KEY, draws=50, bounds=SHARE)
    assert_allclose(result.upper[0], exact.high)
    assert_allclose(exact.high, end, atol=1e-4)
    assert_allclose(result.lower[1], 1 - exact.high)
    assert_array_equal([result.lower[0], result.upper[1]], [0, 1])
    if units > 1:
        plain = estimate([ratio], KEY, draws=50)
        assert_array_equal(result.lower[2], plain.lower[2])
    assert result.units == units
    # Units that do not count alike tell as much as fewer that do.
    ratio = ratio._replace(denominator=np.arange(1, units + 1.0)[None, None] ** 2)
    uneven = estimate([ratio], KEY, draws=50, bounds=SHARE).upper[0]
    assert uneven > exact.high if units > 1 else uneven == exact.high


def test_estimate__of_other_units_draws_members_and_replicates_alike():
    generator = np.random.default_rng(7)
    # All units of a network are alike: what varies is networks and replicates.
    same = [
        Ratio(np.repeat(each, 9, axis=2), np.ones((1, 1, 9), np.float32))
        for each in generator.random((3, 2, 5, 1), np.float32)
    ]
    one, other = (
        estimate(same, KEY, unit=name, draws=200) for name in ("additive", "dominant")
    )
    assert one.samples.std() > 0.05
    assert_allclose(one.samples, other.samples, rtol=1e-5)
    # What varies is units: as many of another name are not drawn alike.
    found = [_found(generator, 1, 1, 40)]
    drawn = [
        estimate(found, KEY, unit=name, draws=4000).samples[:, 0]
        for name in ("additive", "dominant", "")
    ]
    assert np.abs(np.corrcoef(drawn) - np.eye(3)).max() < 0.06


def test_estimate__stays_within_its_bounds_over_replicates():
    hits = [np.ones((1, 1, 6)), np.repeat([1.0, 0], 3).reshape(1, 1, 6)]
    ratios = [Ratio(np.float32(hit), np.ones((1, 1, 6), np.float32)) for hit in hits]
    free, cut = estimate(ratios, KEY), estimate(ratios, KEY, bounds=SHARE)
    assert free.samples.max() > 1
    assert free.upper > 1
    assert_array_equal(cut.samples, np.clip(free.samples, 0, 1))
    assert_array_equal(cut.upper, 1)
    assert_array_equal(cut.lower, free.lower)
    assert cut.units == 12
