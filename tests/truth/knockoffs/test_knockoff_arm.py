"""The arm of real variants and knockoffs: columns, partners, encoding, blindness."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gxjax.cohort.encoding import encode, fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import byte_codes, gather_codes, pack, unpack
from gxjax.truth import hmm_knockoffs, knockoff_arm, real_arm
from gxjax.types import KINDS, TRAIN, Cohort

PEOPLE, VARIANTS = 130, 7


@pytest.fixture
def cohort(make_genotypes, random_codes):
    genotypes = make_genotypes(random_codes(PEOPLE, VARIANTS, missing=0.1))
    split = np.random.default_rng(0).integers(0, 3, PEOPLE).astype(np.int8)
    train = np.flatnonzero(split == TRAIN)
    counts = count_codes(genotypes.packed, VARIANTS, train)
    return Cohort(
        genotypes=genotypes,
        phenotype=np.zeros(PEOPLE, np.float32),
        covariates=pd.DataFrame(index=range(PEOPLE)),
        split=split,
        encoding=fit_encoding(counts, "mean"),
        counts=counts,
        trait="quantitative",
        name="height",
    )


@pytest.fixture
def knockoffs(cohort):
    return hmm_knockoffs(jax.random.key(0), cohort.genotypes, clusters=2, iterations=2)


def test_knockoff_arm__is_real_columns_and_their_knockoffs(cohort, knockoffs):
    arm = knockoff_arm(cohort, knockoffs)
    arrays = [(jnp.asarray(b.packed), jnp.asarray(b.rows)) for b in arm.blocks]
    counts = tuple(block.count for block in arm.blocks)
    gathered = np.asarray(gather_codes(arrays, counts, jnp.arange(PEOPLE)))
    codes = unpack(cohort.genotypes.packed, VARIANTS)
    copies = unpack(knockoffs, VARIANTS)
    assert_array_equal(gathered, np.hstack([codes, copies]))
    assert arm.name == "knockoff"
    back = slice(VARIANTS, None)
    assert (arm.truth.kind[back] == KINDS.index("knockoff")).all()
    assert (arm.truth.kind[:VARIANTS] == KINDS.index("real")).all()
    assert_array_equal(arm.truth.partner[back], np.arange(VARIANTS))
    assert arm.truth.partner.dtype == np.int32
    assert_array_equal(arm.variants.ID[back], cohort.genotypes.variants.ID)
    assert_array_equal(arm.counts[:VARIANTS], cohort.counts)
    train = copies[cohort.split == TRAIN]
    own = np.stack([(train == code).sum(0) for code in range(4)], axis=1)
    assert_array_equal(arm.counts[back], own)


def test_knockoff_arm__encodes_both_alike(cohort):
    """The original as its own knockoff can not be told from it."""
    arm = knockoff_arm(cohort, cohort.genotypes.packed)
    codes = unpack(cohort.genotypes.packed, VARIANTS)
    encoded = np.asarray(encode(np.hstack([codes, codes]), arm.encoding))
    assert_array_equal(encoded[:, :VARIANTS], encoded[:, VARIANTS:])
    assert (codes == 3).any()


def test_knockoff_arm__keeps_a_generated_truth(cohort, knockoffs):
    truth = real_arm(cohort).truth
    kind = truth.kind.copy()
    kind[2] = KINDS.index("additive")
    typed = np.arange(VARIANTS) != 4
    arm = knockoff_arm(cohort, knockoffs, truth=truth._replace(kind=kind, typed=typed))
    assert_array_equal(arm.truth.kind[:VARIANTS], kind)
    assert_array_equal(arm.truth.typed, np.tile(typed, 2))
    assert_array_equal(arm.encoding.scale == 0, ~np.tile(typed, 2))
    assert knockoff_arm(cohort, knockoffs).truth.typed is None


def test_knockoff_arm__takes_knockoffs_of_eight_bits(cohort, knockoffs):
    codes = byte_codes(unpack(knockoffs, VARIANTS))
    arm = knockoff_arm(cohort, codes, bits=8)
    assert [block.bits for block in arm.blocks] == [2, 8]
    assert_array_equal(arm.counts, knockoff_arm(cohort, knockoffs).counts)


def test_knockoff_arm__raises_on_what_is_of_another_cohort(cohort, knockoffs):
    with pytest.raises(ValueError, match=r"uint8 \(129, 2\); expected uint8 \(130, 2"):
        knockoff_arm(cohort, knockoffs[:-1])
    with pytest.raises(ValueError, match=r"knockoffs of 8 bits"):
        knockoff_arm(cohort, knockoffs, bits=8)
    with pytest.raises(ValueError, match="bits: 4; expected 2 or 8"):
        knockoff_arm(cohort, knockoffs, bits=4)
    few = replace(cohort, counts=cohort.counts[:2])
    with pytest.raises(ValueError, match="truth: of 7 variants"):
        knockoff_arm(few, pack(np.zeros((PEOPLE, 2), np.uint8)), 2, _truth(cohort))


def _truth(cohort):
    return real_arm(cohort).truth
