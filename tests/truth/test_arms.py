"""Shapes, partners, encodings and decoy rows of the three arms."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from gxjax.cohort.encoding import encode, fit_encoding
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import gather_codes, pack, unpack
from gxjax.truth import arms, decoy, spikein
from gxjax.types import KINDS, TRAIN, VARIANT_COLUMNS, Cohort, Genotypes, Truth

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
    assert {len(part) for part in (*arm.truth[:4], *arm.encoding)} == {width}
    assert arm.truth.typed is None or len(arm.truth.typed) == width
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


def test_mapped__leaves_the_place_of_what_was_appended_open(cohort, spikeins):
    """The spike-ins' chromosome 26 is a real one here, too."""
    real = cohort.genotypes.variants.assign(CHROM="26")
    bovine = replace(cohort, genotypes=cohort.genotypes._replace(variants=real))
    arm = arms.spikein_arm(bovine, spikeins)
    assert set(arm.variants.CHROM) == {"26"}
    assert (arm.mapped.CHROM[:VARIANTS] == "26").all()
    assert arm.mapped.CHROM[VARIANTS:].isna().all()
    others = [name for name in VARIANT_COLUMNS if name != "CHROM"]
    assert_frame_equal(arm.mapped[others], arm.variants[others])
    assert_frame_equal(arms.real_arm(cohort).mapped, cohort.genotypes.variants)


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


@pytest.fixture(scope="module")
def generated():
    """A triple in columns 1, 4 and 6; columns 4 and 5 are not typed."""
    kind = np.zeros(VARIANTS, np.int8)
    kind[[1, 4, 6]] = KINDS.index("three_way")
    partner = np.full(VARIANTS, -1, np.int32)
    partner[[1, 4, 6]] = [4, 6, 1]
    known = np.where(kind > 0, 0.1, np.nan).astype(np.float32)
    typed = ~np.isin(np.arange(VARIANTS), [4, 5])
    return Truth(kind, partner, known, known, typed)


def test_real_arm__of_a_generated_truth_is_blind_to_what_is_not_typed(
    cohort, generated
):
    arm = arms.real_arm(cohort, generated)
    _assert_consistent(arm)
    assert arm.truth is generated
    assert_array_equal(arm.encoding.scale == 0, ~generated.typed)
    assert_array_equal(arm.encoding.mean, cohort.encoding.mean)
    assert (cohort.encoding.scale > 0).all()
    encoded = np.asarray(encode(_gather(arm), arm.encoding))
    assert_array_equal(encoded[:, [4, 5]], 0)
    assert (encoded[:, [0, 1, 2, 3, 6]].std(axis=0) > 0.5).all()


def test_decoy_arm__of_what_is_not_typed_is_not_typed(cohort, generated):
    permutation = decoy.permute_within_split(jax.random.key(0), cohort.split)
    arm = arms.decoy_arm(cohort, permutation, generated)
    _assert_consistent(arm)
    assert_array_equal(arm.truth.typed, np.tile(generated.typed, 2))
    assert_array_equal(arm.encoding.scale == 0, ~arm.truth.typed)
    assert_array_equal(arm.truth.kind[:VARIANTS], generated.kind)
    assert_array_equal(arm.truth.partner[[1, 4, 6]], [4, 6, 1])
    assert (arm.truth.kind[VARIANTS:] == KINDS.index("decoy")).all()


def test_join__fills_in_typed_where_one_part_has_none(cohort, generated):
    plain = arms.real_arm(cohort).truth
    for pair in ((plain, generated), (generated, plain)):
        joined = arms._join(*pair)
        expected = [
            np.ones(VARIANTS, bool) if t.typed is None else t.typed for t in pair
        ]
        assert_array_equal(joined.typed, np.concatenate(expected))
    assert arms._join(plain, plain).typed is None


def test_real_arm__raises_on_the_truth_of_other_variants(cohort, generated):
    short = Truth(*(part[:3] for part in generated))
    with pytest.raises(ValueError, match="of 3 variants; the cohort has 7"):
        arms.real_arm(cohort, short)


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
