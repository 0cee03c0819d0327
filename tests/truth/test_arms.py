"""Shapes, partners, encodings and decoy rows of the three arms."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gxjax.cohort.encoding import fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import gather_codes, pack, unpack
from gxjax.truth import arms, decoy, spikein
from gxjax.types import KINDS, TRAIN, VARIANT_COLUMNS, Cohort, Genotypes

PEOPLE, VARIANTS = 300, 7


@pytest.fixture(scope="module")
def cohort():
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 4, (PEOPLE, VARIANTS)).astype(np.uint8)
    packed = pack(codes)
    variants = pd.DataFrame(
        {
            "CHROM": "1",
            "POS": np.arange(VARIANTS, dtype=np.int64),
            "ID": [f"rs{i}" for i in range(VARIANTS)],
            "A1": "A",
            "A2": "G",
            "CM": 0.0,
        }
    )
    split = generator.integers(0, 3, PEOPLE).astype(np.int8)
    counts = count_codes(packed, VARIANTS, np.flatnonzero(split == TRAIN))
    return Cohort(
        genotypes=Genotypes(packed, variants, pd.DataFrame(index=range(PEOPLE))),
        phenotype=generator.standard_normal(PEOPLE).astype(np.float32),
        covariates=pd.DataFrame(index=range(PEOPLE)),
        split=split,
        encoding=fit_encoding(counts, "mean"),
        counts=counts,
        trait="quantitative",
        name="height",
    )


@pytest.fixture(scope="module")
def spikeins(cohort):
    return spikein.plant_spikeins(
        jax.random.key(0),
        cohort.phenotype,
        counts=spikein.SpikeinCounts(2, 1, 1, 2),
        frequencies=np.array([0.2, 0.3]),
    )


def _gather(arm):
    arrays = [(jnp.asarray(b.packed), jnp.asarray(b.rows)) for b in arm.blocks]
    counts = tuple(block.count for block in arm.blocks)
    return np.asarray(gather_codes(arrays, counts, jnp.arange(PEOPLE)))


def _assert_consistent(arm):
    width = sum(block.count for block in arm.blocks)
    assert len(arm.variants) == len(arm.counts) == width
    assert tuple(arm.variants.columns) == VARIANT_COLUMNS
    assert {len(part) for part in (*arm.truth, *arm.encoding)} == {width}
    assert all(block.rows.dtype == np.int32 for block in arm.blocks)
    assert arm.truth.partner.dtype == np.int32
    assert arm.truth.kind.dtype == np.int8


def test_real_arm__is_the_cohort(cohort):
    arm = arms.real_arm(cohort)
    _assert_consistent(arm)
    assert arm.name == "real"
    assert (arm.truth.partner == -1).all()
    assert np.isnan(arm.truth.target).all()
    assert_array_equal(_gather(arm), unpack(cohort.genotypes.packed, VARIANTS))


def test_spikein_arm__appends_the_planted_columns(cohort, spikeins):
    arm = arms.spikein_arm(cohort, spikeins)
    _assert_consistent(arm)
    assert_array_equal(_gather(arm)[:, VARIANTS:], spikeins.codes)
    assert_array_equal(arm.truth.partner[VARIANTS:], [-1, -1, -1, -1, 12, 11, 14, 13])
    assert_array_equal(arm.truth.target[VARIANTS:], spikeins.truth.target)
    assert arm.variants.ID.iloc[VARIANTS] == "SYN_ADD_001"
    train = spikeins.codes[cohort.split == TRAIN]
    assert_array_equal(arm.counts[VARIANTS:, 2], (train == 2).sum(0))
    np.testing.assert_allclose(arm.encoding.mean[VARIANTS:], train.mean(0), rtol=1e-5)


def test_spikein_arm__raises_on_other_people(cohort, spikeins):
    fewer = spikeins._replace(codes=spikeins.codes[:10])
    with pytest.raises(ValueError, match="codes of 10 people"):
        arms.spikein_arm(cohort, fewer)


def test_decoy_arm__is_the_permuted_real_block(cohort):
    permutation = decoy.permute_within_split(jax.random.key(0), cohort.split)
    arm = arms.decoy_arm(cohort, permutation)
    _assert_consistent(arm)
    codes = unpack(cohort.genotypes.packed, VARIANTS)
    assert_array_equal(_gather(arm), np.hstack([codes, codes[permutation]]))
    assert arm.blocks[1].packed is arm.blocks[0].packed
    decoys = slice(VARIANTS, None)
    assert (arm.truth.kind[decoys] == KINDS.index("decoy")).all()
    assert_array_equal(arm.truth.partner[decoys], np.arange(VARIANTS))
    assert_array_equal(arm.variants.ID[decoys], cohort.genotypes.variants.ID)
    train = np.flatnonzero(cohort.split == TRAIN)
    recount = count_codes(pack(codes[permutation]), VARIANTS, train)
    assert_array_equal(arm.counts[decoys], recount)


def test_decoy_arm__raises_on_what_is_no_permutation(cohort):
    with pytest.raises(ValueError, match="each of 0 to 299 once"):
        arms.decoy_arm(cohort, np.zeros(PEOPLE, np.int32))
    with pytest.raises(ValueError, match="change their split"):
        arms.decoy_arm(cohort, np.roll(np.arange(PEOPLE), 1))


def test_arms__of_dosages_keep_their_bits(cohort, spikeins):
    codes = np.random.default_rng(1).integers(0, 256, (PEOPLE, VARIANTS), np.uint8)
    genotypes = cohort.genotypes._replace(packed=codes, bits=8)
    imputed = replace(cohort, genotypes=genotypes)
    permutation = decoy.permute_within_split(jax.random.key(1), cohort.split)
    made = [
        arms.real_arm(imputed),
        arms.spikein_arm(imputed, spikeins),
        arms.decoy_arm(imputed, permutation),
    ]
    assert [[block.bits for block in arm.blocks] for arm in made] == [
        [8],
        [8, 2],
        [8, 8],
    ]
    assert made[2].blocks[0].packed is made[2].blocks[1].packed is codes
    assert_array_equal(made[2].blocks[1].rows, permutation)
