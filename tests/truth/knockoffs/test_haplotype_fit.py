"""The fit finds what was simulated, and stands what real files have."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gxjax.genotypes.store_build import write_store
from gxjax.truth.knockoffs import fit_haplotype_model, sample_haplotype_model
from gxjax.truth.knockoffs.haplotype_model import check_model
from gxjax.truth.knockoffs.paths import filter_paths
from gxjax.truth.knockoffs.segments import PEOPLE, cut_codes, cut_model


def likelihood(model, codes):
    """Mean log likelihood of people."""
    segments = cut_model(model)
    blocks = [codes[i : i + PEOPLE] for i in range(0, len(codes), PEOPLE)]
    found = [filter_paths(segments, cut_codes(block))[1] for block in blocks]
    return np.concatenate(found).sum() / len(codes)


def test_fit__is_near_the_true_model_for_new_people(make_model, make_genotypes):
    truth = make_model(60, 4, firsts=(0, 40), stay=0.97, seed=1)
    codes = sample_haplotype_model(jax.random.key(0), truth, 1000)
    codes[np.random.default_rng(0).random(codes.shape) < 0.02] = 3
    genotypes = make_genotypes(codes[:800], CHROM=["1"] * 40 + ["2"] * 20)
    steps = []
    model = fit_haplotype_model(
        jax.random.key(1),
        genotypes,
        clusters=5,
        iterations=40,
        progress=lambda *call: steps.append(call[:2]),
    )
    check_model(model, 60)
    assert steps == [(i + 1, 40) for i in range(40)]
    assert (model.stay[[0, 40]] == 0).all()
    new = codes[800:]
    frequency = np.nanmean(np.where(codes == 3, np.nan, codes), axis=0) / 2
    alone = truth._replace(
        theta=np.tile(frequency[:, None], (1, 4)).clip(0.001, 0.999).astype("f4")
    )
    best, worst = likelihood(truth, new), likelihood(alone, new)
    # 240 + 240 numbers fitted to 800 people cost a part of the gain.
    assert likelihood(model, new) > best - 0.25 * (best - worst)


def test_fit__of_a_store_is_that_of_memory(make_genotypes, random_codes, tmp_path, key):
    genotypes = make_genotypes(random_codes(70, 9))
    stored = genotypes._replace(packed=write_store(genotypes.packed, tmp_path / "s"))
    settings = {"clusters": 3, "iterations": 2}
    first = fit_haplotype_model(key, genotypes, **settings)
    second = fit_haplotype_model(key, stored, **settings)
    for one, other in zip(first, second, strict=True):
        assert_array_equal(one, other)
    third = fit_haplotype_model(jax.random.key(1), genotypes, **settings)
    assert (first.theta != third.theta).any()


@pytest.mark.parametrize(
    "codes",
    [
        [[1]],
        [[0, 1, 2, 3, 1]],
        np.zeros((90, 4)),
        np.full((90, 4), 3),
        np.full((90, 4), 2),
    ],
    ids=["one call", "one person", "monomorphic", "missing", "two copies"],
)
def test_fit__stands_what_teaches_nothing(make_genotypes, codes, key):
    genotypes = make_genotypes(codes)
    model = fit_haplotype_model(key, genotypes, clusters=3, iterations=3)
    check_model(model, len(genotypes.variants))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"clusters": 1}, "clusters: found 1, expected 2"),
        ({"clusters": 256}, "clusters: found 256, expected 255 at most"),
        ({"iterations": 0}, "iterations: found 0"),
        ({"fit_people": 0}, "fit_people: found 0"),
    ],
)
def test_fit__raises_on_a_setting_out_of_range(make_genotypes, key, settings, message):
    with pytest.raises(ValueError, match=message):
        fit_haplotype_model(key, make_genotypes(np.ones((3, 2))), **settings)


def test_fit__raises_on_what_it_is_not_of(make_genotypes, key):
    genotypes = make_genotypes(np.ones((3, 3)), CHROM=["1", "2", "1"])
    with pytest.raises(ValueError, match="variants in two places"):
        fit_haplotype_model(key, genotypes)
    with pytest.raises(ValueError, match="use gaussian_knockoffs"):
        fit_haplotype_model(key, genotypes._replace(bits=8))
    empty = genotypes._replace(variants=genotypes.variants[:0])
    with pytest.raises(ValueError, match=r"genotypes.variants: found 0"):
        fit_haplotype_model(key, empty)
