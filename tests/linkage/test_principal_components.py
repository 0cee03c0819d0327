import jax
import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import open_bed_source
from gxjax.linkage import Window, principal_components, prune, pruned_components


@pytest.fixture
def populations(make_genotypes, write_fileset):
    """`(people, variants) -> BedSource` of five populations, on all chromosomes."""

    def build(people, count, missing=0.005):
        draw = np.random.default_rng(0)
        shared = draw.uniform(0.05, 0.5, count)
        drifted = shared[None, :] + draw.normal(0, 0.05, (5, count))
        frequency = np.clip(drifted, 0.01, 0.99)[draw.integers(0, 5, people)]
        codes = draw.binomial(2, frequency).astype(np.uint8)
        codes[draw.random(codes.shape) < missing] = 3
        codes[:, :3] = 0
        names = [*map(str, range(1, 23)), "X"]
        genotypes = make_genotypes(
            codes,
            CHROM=np.array(names)[np.sort(draw.integers(0, 23, count))],
            PAT=np.where(draw.random(people) < 0.1, "p", "0"),
        )
        return open_bed_source(write_fileset(genotypes, codes))

    return build


@pytest.mark.parametrize("people", [400, 700])
@pytest.mark.parametrize(
    ("mode", "apart", "rtol"),
    [((), 1e-4, 1e-2), (("meanimpute",), 1e-5, 1e-5), (("approx",), 1e-3, 1e-2)],
)
def test_principal_components__equal_plink2s(
    populations, plink2, tmp_path, people, mode, apart, rtol
):
    source = populations(people, 1500)
    prefix = tmp_path / "fileset"
    plink2("--bfile", prefix, "--pca", 4, *mode, "--seed", 1, "--out", prefix)
    found = principal_components(source, 4)
    theirs = pd.read_csv(f"{prefix}.eigenvec", sep="\t")
    assert list(found.table["IID"]) == list(theirs["IID"])
    names = [f"PC{number}" for number in range(1, 5)]
    product = (found.table[names] * theirs[names]).sum(axis=0)
    np.testing.assert_allclose(product.abs(), 1, atol=apart)
    values = np.loadtxt(f"{prefix}.eigenval")
    np.testing.assert_allclose(found.eigenvalues, values, rtol=rtol)
    assert found.variants < 1500 - 3


def test_principal_components__key_and_devices_hardly_matter(populations):
    source = populations(600, 300)
    first = principal_components(source, 3)
    other = principal_components(source, 3, key=jax.random.key(7))
    names = ["PC1", "PC2", "PC3"]
    np.testing.assert_allclose(first.table[names], other.table[names], atol=2e-3)
    again = principal_components(source, 3)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert (first.table[names].abs().max() == first.table[names].max()).all()
    np.testing.assert_allclose((first.table[names] ** 2).sum(), 1, rtol=1e-5)


def test_pruned_components__are_those_of_what_prune_keeps(cohort):
    source, _ = cohort(1, {"1": 80, "2": 60}, strength=0.95)
    kept = prune(source, Window(kb=50), 1, 0.1).kept
    wanted = principal_components(source.select(variants=kept), 2)
    found = pruned_components(source, 2, window=Window(kb=50), r2=0.1)
    pd.testing.assert_frame_equal(found.table, wanted.table)
    assert found.variants == wanted.variants == len(kept)


def test_principal_components__raises_on_wrong_arguments(cohort):
    source, _ = cohort(1, {"X": 20})
    with pytest.raises(ValueError, match="count: 150; expected 1 to 149"):
        principal_components(source, 150)
    with pytest.raises(ValueError, match="none on chromosomes 1 to 22 varies"):
        principal_components(source, 2)
