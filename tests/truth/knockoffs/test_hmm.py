"""Knockoffs of packed genotypes: who, where, and what is missing."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from gxjax.genotypes.packed import unpack
from gxjax.genotypes.store_build import write_store
from gxjax.truth.knockoffs import hmm, hmm_knockoffs, paths, segments

VARIANTS = 150


@pytest.fixture(scope="module")
def codes():
    random = np.random.default_rng(0)
    return random.integers(0, 4, (140, VARIANTS)).astype(np.uint8)


@pytest.fixture(scope="module")
def model(make_model):
    return make_model(VARIANTS, 3)


def test_hmm_knockoffs__of_a_person_depends_on_nobody_else(
    make_genotypes, codes, model, key
):
    whole = hmm_knockoffs(key, make_genotypes(codes), model=model)
    fewer = hmm_knockoffs(key, make_genotypes(codes[:70]), model=model)
    single = hmm_knockoffs(key, make_genotypes(codes[:1]), model=model)
    assert whole.dtype == np.uint8
    assert_array_equal(whole[:70], fewer)
    assert_array_equal(whole[:1], single)
    other = hmm_knockoffs(jax.random.key(1), make_genotypes(codes), model=model)
    assert (whole != other).mean() > 0.3


def test_hmm_knockoffs__do_not_depend_on_the_size_of_a_block(
    make_genotypes, codes, model, key, monkeypatch
):
    genotypes = make_genotypes(codes)
    whole = hmm_knockoffs(key, genotypes, model=model)
    for file in (hmm, paths, segments):
        monkeypatch.setattr(file, "PEOPLE", 32)
    assert_array_equal(hmm_knockoffs(key, genotypes, model=model), whole)


def test_hmm_knockoffs__lack_the_calls_that_originals_lack(
    make_genotypes, codes, model, key
):
    calls = []
    genotypes = make_genotypes(codes)
    packed = hmm_knockoffs(
        key, genotypes, model=model, progress=lambda *call: calls.append(call)
    )
    found = unpack(packed, VARIANTS)
    assert_array_equal(found == 3, codes == 3)
    assert calls[-1] == (140, 140, "drawing knockoffs")
    # Bits behind the last variant are 0, as in every packed matrix.
    assert (packed[:, -1] >> 4 == 0).all()


def test_hmm_knockoffs__of_a_store_are_those_of_memory(
    make_genotypes, codes, model, key, tmp_path
):
    genotypes = make_genotypes(codes)
    stored = genotypes._replace(packed=write_store(genotypes.packed, tmp_path / "s"))
    assert_array_equal(
        hmm_knockoffs(key, stored, model=model),
        hmm_knockoffs(key, genotypes, model=model),
    )


def test_hmm_knockoffs__stand_single_and_empty_columns(
    make_genotypes, random_codes, key
):
    codes = random_codes(100, 7)
    codes[:, 2], codes[:, 3], codes[:, 4] = 0, 2, 3
    genotypes = make_genotypes(codes, CHROM=["1", *"22222", "3"])
    found = unpack(hmm_knockoffs(key, genotypes, clusters=2, iterations=3), 7)
    assert (found[:, 2] == 0).mean() > 0.9
    assert (found[:, 3] == 2).mean() > 0.9
    assert (found[:, 4] == 3).all()
    alone = make_genotypes(codes[:, :1])
    assert unpack(hmm_knockoffs(key, alone, iterations=2), 1).shape == (100, 1)


def test_hmm_knockoffs__raises_on_what_does_not_fit(make_genotypes, codes, model, key):
    with pytest.raises(ValueError, match="of 150 variants; the genotypes have 20"):
        hmm_knockoffs(key, make_genotypes(codes[:, :20]), model=model)
    dosages = make_genotypes(codes)._replace(bits=8)
    with pytest.raises(ValueError, match="8 bits a code"):
        hmm_knockoffs(key, dosages, model=model)
