"""Knockoffs may trade places with their originals; other nulls may not."""

import jax
import numpy as np
import pytest

from gxjax.genotypes import simulate_genotypes
from gxjax.genotypes.packed import unpack
from gxjax.truth.knockoffs import (
    fit_haplotype_model,
    hmm_knockoffs,
    sample_haplotype_model,
)

PEOPLE, VARIANTS = 2400, 12
SWAPS = ([0, 1, 2, 3, 4, 5], [1, 4, 7, 10], [6], list(range(VARIANTS)))


@pytest.fixture(scope="module")
def true_model(make_model):
    return make_model(VARIANTS, 4, firsts=(0, 8), stay=0.97, seed=4)


@pytest.fixture(scope="module")
def simulated(true_model):
    return sample_haplotype_model(jax.random.key(7), true_model, PEOPLE)


@pytest.fixture
def copies(make_genotypes, simulated, true_model):
    chromosomes = ["1"] * 8 + ["2"] * 4
    genotypes = make_genotypes(simulated, CHROM=chromosomes)
    packed = hmm_knockoffs(jax.random.key(1), genotypes, model=true_model)
    return unpack(packed, VARIANTS)


def test_hmm_knockoffs__of_the_true_model_are_exchangeable(
    simulated, copies, worst_moment, energy_p_value
):
    for columns in SWAPS:
        # Of some 300 moments the worst of a right model is beyond 4.5 once in 500 runs.
        assert worst_moment(simulated, copies, columns) < 4.5
        some = slice(0, 1600)
        assert energy_p_value(simulated[some], copies[some], columns) > 0.01
    assert (simulated != copies).mean() > 0.15


@pytest.mark.parametrize("columns", SWAPS[:2])
def test_exchangeability__of_permuted_columns_is_rejected(
    simulated, columns, worst_moment, energy_p_value
):
    permuted = simulated[np.random.default_rng(0).permutation(PEOPLE)]
    assert worst_moment(simulated, permuted, columns) > 8
    some = slice(0, 1600)
    assert energy_p_value(simulated[some], permuted[some], columns) < 0.01


def test_exchangeability__of_each_column_copied_on_its_own_is_rejected(
    simulated, worst_moment
):
    """Copies that know their original, but not each other."""
    random = np.random.default_rng(1)
    own = simulated[random.permutation(PEOPLE)]
    fresh = random.random(simulated.shape) < 0.7
    copied = np.where(fresh, own, simulated)
    assert worst_moment(simulated, copied, SWAPS[0]) > 8


def test_hmm_knockoffs__of_a_fitted_model_keep_ld_and_frequencies(near_correlations):
    genotypes = simulate_genotypes(jax.random.key(0), 1500, 240, missing_rate=0)
    genotypes.variants["CHROM"] = "1"
    model = fit_haplotype_model(jax.random.key(1), genotypes, iterations=25)
    packed = hmm_knockoffs(jax.random.key(2), genotypes, model=model)
    real, copied = unpack(genotypes.packed, 240), unpack(packed, 240)
    ld, of_copies, across, with_own = near_correlations(real, copied)
    assert np.corrcoef(ld, of_copies)[0, 1] > 0.95
    assert np.corrcoef(ld, across)[0, 1] > 0.95
    assert np.abs(ld - of_copies).mean() < 0.04
    assert np.abs(ld - across).mean() < 0.03
    assert 0.3 < with_own.mean() < 0.9
    frequency = real.mean(0) / 2, copied.mean(0) / 2
    np.testing.assert_allclose(*frequency, atol=0.03)


def share_beaten(real, null, draws=300):
    """How often a null variant in LD with a causal one outscores its own null copy."""
    random = np.random.default_rng(0)
    whole = np.hstack([real, null]).astype(np.float64)
    whole = (whole - whole.mean(axis=0)[None]) / whole.std(axis=0)[None]
    correlation, found = np.corrcoef(real.T), []
    for _ in range(draws):
        causal = random.choice(VARIANTS, 2, replace=False)
        effects = random.choice([-0.3, 0.3], 2)
        phenotype = whole[:, causal] @ effects + random.standard_normal(len(whole))
        scores = np.abs(whole.T @ phenotype)
        near = (correlation[:, causal] ** 2).max(axis=1) > 0.05
        others = np.setdiff1d(np.flatnonzero(near), causal)
        found.append(scores[others] > scores[others + VARIANTS])
    return np.concatenate(found).mean()


def test_null_variants__outscore_their_knockoffs_as_often_as_not(simulated, copies):
    """What precision asks of decoys, and permuted ones do not give under LD."""
    permuted = simulated[np.random.default_rng(0).permutation(PEOPLE)]
    assert share_beaten(simulated, permuted) > 0.75
    assert 0.42 < share_beaten(simulated, copies) < 0.58
