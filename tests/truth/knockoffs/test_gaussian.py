"""Second-order knockoffs of dosages: moments, rounding, blocks, who is missing."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import lfilter

from gxjax.genotypes.packed import byte_codes
from gxjax.genotypes.store_build import write_store
from gxjax.truth.knockoffs import gaussian_knockoffs


def dosages_in_ld(people, count, r=0.8, deviation=0.25, seed=0):
    """float [N, V]: an autoregression of mean 1, rarely near 0 or 2."""
    noise = np.random.default_rng(seed).standard_normal((people, count))
    noise[:, 1:] *= np.sqrt(1 - r**2)
    values = lfilter([1], [1, -r], noise, axis=1)
    return 1 + deviation * values


@pytest.fixture
def make_dosages(make_genotypes):
    """`float [N, V], NaN where missing -> Genotypes` of 8 bits."""

    def make(dosages, **columns):
        whole = np.floor(127 * np.clip(dosages, 0, 2) + 0.5)
        codes = np.where(np.isnan(dosages), 255, whole).astype(np.uint8)
        shape = np.zeros(dosages.shape, np.uint8)
        return make_genotypes(shape, **columns)._replace(packed=codes, bits=8)

    return make


def test_gaussian_knockoffs__keep_means_and_covariances_under_swaps(
    make_dosages, worst_moment
):
    genotypes = make_dosages(dosages_in_ld(6000, 16))
    copies = gaussian_knockoffs(
        jax.random.key(0), genotypes, block_variants=16, fit_people=6000
    )
    assert copies.dtype == np.uint8
    for columns in ([0, 3, 8], list(range(8)), list(range(16))):
        # Of some 550 moments.
        assert worst_moment(genotypes.packed, copies, columns) < 4.5
    permuted = genotypes.packed[np.random.default_rng(1).permutation(6000)]
    assert worst_moment(genotypes.packed, permuted, [0, 3, 8]) > 20


def test_gaussian_knockoffs__are_no_copies_and_keep_ld(make_dosages, near_correlations):
    genotypes = make_dosages(dosages_in_ld(4000, 80))
    copies = gaussian_knockoffs(jax.random.key(0), genotypes, block_variants=40)
    ld, of_copies, across, with_own = near_correlations(genotypes.packed, copies)
    # One cut in 80 variants parts a few pairs.
    assert np.corrcoef(ld, of_copies)[0, 1] > 0.95
    assert np.corrcoef(ld, across)[0, 1] > 0.95
    # An autoregression of 0.8 leaves (1 - 0.8^2) / (1 + 0.8^2) of a column unexplained.
    assert 0.5 < with_own.mean() < 0.85


def test_gaussian_knockoffs__of_columns_without_ld_are_independent(make_dosages, key):
    genotypes = make_dosages(dosages_in_ld(4000, 6, r=0.0))
    copies = gaussian_knockoffs(key, genotypes)
    correlation = np.corrcoef(genotypes.packed.T, copies.T)[:6, 6:]
    assert np.abs(correlation).max() < 0.07


def test_gaussian_knockoffs__are_rounded_without_bias(make_dosages, key):
    """Deviations of a third of a step: rounding to the nearest would lose them."""
    dosages = np.where(np.arange(20_000)[:, None] % 2 == 0, 1 / 127, 2 / 127)
    genotypes = make_dosages(np.tile(dosages, (1, 2)))
    copies = gaussian_knockoffs(key, genotypes).astype(float)
    # A normal law of mean 1.5 steps and deviation 0.5, hardly ever clipped at 0.
    assert_allclose(copies.mean(axis=0), 1.5, atol=0.02)


def test_gaussian_knockoffs__of_a_person_depend_on_who_is_fitted_alone(
    make_dosages, key, monkeypatch
):
    genotypes = make_dosages(dosages_in_ld(300, 30))
    whole = gaussian_knockoffs(key, genotypes, block_variants=8)
    assert_array_equal(gaussian_knockoffs(key, genotypes, block_variants=8), whole)
    monkeypatch.setattr("gxjax.truth.knockoffs.gaussian._PEOPLE", 64)
    again = gaussian_knockoffs(key, genotypes, block_variants=8)
    assert_array_equal(again, whole)
    other = gaussian_knockoffs(jax.random.key(1), genotypes, block_variants=8)
    assert (other != whole).mean() > 0.9


def test_gaussian_knockoffs__stand_missing_constant_and_single_columns(
    make_dosages, key
):
    dosages = dosages_in_ld(200, 7)
    dosages[:, 1], dosages[:, 2], dosages[:, 3] = 0, 2, np.nan
    dosages[np.random.default_rng(0).random(dosages.shape) < 0.05] = np.nan
    calls = []
    found = gaussian_knockoffs(
        key,
        genotypes := make_dosages(dosages, CHROM=["1", *"22222", "3"]),
        progress=lambda *call: calls.append(call),
    )
    assert_array_equal(found == 255, np.isnan(dosages))
    assert_array_equal(found[:, 1:4], genotypes.packed[:, 1:4])
    assert calls[-1] == (1400, 1400, "drawing knockoffs of chromosome 3")
    called = ~np.isnan(dosages[:, 0])
    correlation = np.corrcoef(found[called, 0], dosages[called, 0])[0, 1]
    assert abs(correlation) < 0.25
    one = gaussian_knockoffs(key, make_dosages(dosages[:1, :1]))
    assert_array_equal(one, make_dosages(dosages[:1, :1]).packed)


def test_gaussian_knockoffs__take_hard_calls_of_two_bits(
    make_genotypes, random_codes, key, tmp_path
):
    codes = random_codes(100, 11)
    chromosomes = ["1"] * 5 + ["2"] * 6
    calls = make_genotypes(codes, CHROM=chromosomes)
    bytes_ = calls._replace(packed=byte_codes(codes), bits=8)
    stored = calls._replace(packed=write_store(calls.packed, tmp_path / "s"))
    found = gaussian_knockoffs(key, calls)
    assert_array_equal(found, gaussian_knockoffs(key, bytes_))
    assert_array_equal(found, gaussian_knockoffs(key, stored))
    assert_array_equal(found == 255, codes == 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"block_variants": 1}, "block_variants: found 1, expected 2"),
        ({"fit_people": 0}, "fit_people: found 0"),
    ],
)
def test_gaussian_knockoffs__raises_on_a_setting_out_of_range(
    make_dosages, key, settings, message
):
    with pytest.raises(ValueError, match=message):
        gaussian_knockoffs(key, make_dosages(np.ones((3, 3))), **settings)
