"""Simulated genotypes: reproducible, and like real ones where the docstring says so."""

import jax
import numpy as np
import pytest

from gxjax.genotypes import (
    count_codes,
    founder_panel,
    simulate_genotypes,
    unpack,
)
from gxjax.types import SAMPLE_COLUMNS, VARIANT_COLUMNS


@pytest.fixture(scope="module")
def cohort():
    return simulate_genotypes(jax.random.key(7), 600, 5000)


def test_simulate_genotypes__makes_tables_like_real_ones(cohort):
    assert cohort.packed.shape == (600, 1250)
    assert tuple(cohort.variants.columns) == VARIANT_COLUMNS
    assert tuple(cohort.samples.columns) == SAMPLE_COLUMNS
    assert cohort.variants["ID"].is_unique
    assert cohort.samples["IID"].is_unique
    assert cohort.variants["CHROM"].value_counts().to_dict() == dict.fromkeys(
        ["1", "2", "6", "11", "19"], 1000
    )
    assert set(cohort.samples["SEX"]) == {1, 2}


def test_simulate_genotypes__is_reproducible_and_keyed(key):
    first = simulate_genotypes(key, 20, 50)
    again = simulate_genotypes(key, 20, 50)
    other = simulate_genotypes(jax.random.key(1), 20, 50)
    np.testing.assert_array_equal(first.packed, again.packed)
    assert (first.packed != other.packed).any()


def test_simulate_genotypes__person_does_not_depend_on_how_many(key):
    few, many = simulate_genotypes(key, 3, 50), simulate_genotypes(key, 300, 50)
    np.testing.assert_array_equal(few.packed, many.packed[:3])
    np.testing.assert_array_equal(few.samples, many.samples.iloc[:3])
    assert (many.packed[:40] != many.packed[256:296]).any()


def test_simulate_genotypes__has_the_frequencies_of_the_panel(cohort):
    counts = count_codes(cohort.packed, 5000)[:, :3]
    frequency = counts @ np.arange(3) / counts.sum(axis=1) / 2
    panel = founder_panel()
    columns = np.searchsorted(
        panel.positions[:4000], cohort.variants["POS"].iloc[:1000]
    )
    expected = panel.haplotypes[:, columns].mean(axis=0)
    # Standard deviation of 1,200 haplotype draws: at most 0.0144.
    assert np.abs(frequency[:1000] - expected).max() < 0.08
    assert np.abs(frequency[:1000] - expected).mean() < 0.012


def test_simulate_genotypes__spectrum_falls_with_frequency(cohort):
    counts = count_codes(cohort.packed, 5000)[:, :3]
    frequency = counts @ np.arange(3) / counts.sum(axis=1) / 2
    minor = np.minimum(frequency, 1 - frequency)
    rare, middle, common = (
        ((minor >= low) & (minor < low + 0.1)).sum() for low in (0.0, 0.2, 0.4)
    )
    assert rare > 1.5 * middle > 1.5 * common > 0


def test_simulate_genotypes__heterozygotes_are_in_hardy_weinberg_share(cohort):
    counts = count_codes(cohort.packed, 5000)[:, :3]
    called = counts.sum(axis=1)
    frequency = counts @ np.arange(3) / called / 2
    expected = (2 * frequency * (1 - frequency) * called).sum()
    assert counts[:, 1].sum() / expected == pytest.approx(1, abs=0.01)


def test_simulate_genotypes__ld_decays_with_distance(cohort):
    codes = unpack(cohort.packed, 5000)[:, :1000].astype(float)
    codes[codes == 3] = np.nan
    mean = np.nanmean(codes, axis=0)
    common = np.minimum(mean, 2 - mean) >= 0.1
    filled = np.where(np.isnan(codes), mean, codes)[:, common]
    squared = np.corrcoef(filled.T) ** 2
    position = cohort.variants["POS"].to_numpy()[:1000][common]
    distance = np.abs(position[:, None] - position[None, :])
    near, middle, far = (
        squared[(distance >= low) & (distance < high)].mean()
        for low, high in ((1e3, 5e3), (2e4, 5e4), (1e5, 2e5))
    )
    assert 0.3 < near < 0.55
    assert 0.08 < middle < 0.25
    assert far < 0.06


def test_simulate_genotypes__chromosomes_are_independent(cohort):
    codes = unpack(cohort.packed, 5000).astype(float)
    first, second = codes[:, 900:1000], codes[:, 1000:1100]
    across = np.corrcoef(first.T, second.T)[:100, 100:] ** 2
    assert np.nanmean(across) < 3 / 600


@pytest.mark.parametrize(("length", "longer"), [(2e4, False), (5e6, True)])
def test_simulate_genotypes__segments_have_the_length_asked_for(key, length, longer):
    cohort = simulate_genotypes(
        key, 200, 20000, segment_length=length, missing_rate=0.0
    )
    panel = founder_panel()
    codes = unpack(cohort.packed, 20000)[:, :4000]
    founders = panel.haplotypes[:, :4000].astype(np.int16)
    span = slice(0, 400)
    # A person of two whole founders has a founder that never contradicts the codes.
    fits = [
        (
            ((person[None, span] == 0) & (founders[:, span] == 1))
            | ((person[None, span] == 2) & (founders[:, span] == 0))
        )
        .sum(axis=1)
        .min()
        == 0
        for person in codes[:40]
    ]
    assert (np.mean(fits) > 0.5) == longer


@pytest.mark.parametrize("rate", [0.0, 0.05])
def test_simulate_genotypes__misses_calls_at_the_rate_asked_for(key, rate):
    cohort = simulate_genotypes(key, 200, 1000, missing_rate=rate)
    missing = count_codes(cohort.packed, 1000)[:, 3].sum() / 200_000
    assert missing == pytest.approx(rate, abs=0.003)


def test_simulate_genotypes__single_variant(key):
    assert simulate_genotypes(key, 5, 1).packed.shape == (5, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"people": 0}, "people: found 0"),
        ({"variants": 20001}, "variants: found 20001, expected 1 to 20000"),
        ({"variants": 0}, "variants: found 0"),
        ({"segment_length": 0.0}, "segment_length: found 0"),
        ({"missing_rate": 1.0}, "missing_rate: found 1.0"),
    ],
)
def test_simulate_genotypes__raises_on_argument_out_of_range(key, arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate_genotypes(**{"key": key, "people": 2, "variants": 5, **arguments})
