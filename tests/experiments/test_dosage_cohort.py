"""A cohort of dosages, from a fileset with them beside it to the arms of a run."""

import numpy as np
import pandas as pd
import pytest

from experiments import flags, prepare_cohort
from experiments.records import load_cohort
from experiments.workdir import Workdir
from gxjax.cohort import build_cohort, filter_genotypes, read_covariates, read_phenotype
from gxjax.genotypes import read_plink, unpack, write_plink
from gxjax.genotypes.packed import byte_codes


@pytest.fixture
def imputed(fileset, tmp_path):
    """Prefix of the session's cohort with dosages, and their 8-bit codes [N, V]."""
    genotypes = read_plink(fileset)
    calls = unpack(genotypes.packed, len(genotypes.variants))
    write_plink(genotypes, tmp_path / "x")
    noise = np.random.default_rng(0).integers(-11, 12, calls.shape)
    moved = np.clip(byte_codes(calls).astype(int) + noise, 0, 254)
    codes = np.where(calls == 3, 255, moved).astype(np.uint8)
    (tmp_path / "x.dosages").write_bytes(codes.T.tobytes())
    return tmp_path / "x", genotypes._replace(packed=codes, bits=8)


def test_run__of_dosages_equals_the_library_in_memory(
    imputed, fileset, arguments, tmp_path
):
    """Hard calls of the .bed are those within 0.1, so both count the same."""
    prefix, genotypes = imputed
    words = (f"--bfile={prefix}", "--maf=0.05", "--geno=0.2", "--mind=0.5")
    given = flags.parse(arguments(tmp_path / "out", *words))
    work = Workdir(given.workdir)
    prepare_cohort.run(given.configuration, work)
    found = load_cohort(work)
    kept, _ = filter_genotypes(genotypes, maf=0.05, geno=0.2, mind=0.5)
    expected, notes = build_cohort(
        kept,
        read_phenotype(f"{fileset}.pheno"),
        read_covariates(f"{fileset}.covar"),
        seed=0,
    )
    assert "Networks see dosages, kept at 8 bits, and not hard calls." in notes
    assert found.genotypes.bits == expected.genotypes.bits == 8
    np.testing.assert_array_equal(found.genotypes.packed, expected.genotypes.packed)
    np.testing.assert_array_equal(found.counts, expected.counts)
    for ours, theirs in zip(found.encoding, expected.encoding, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    pd.testing.assert_frame_equal(found.genotypes.variants, expected.genotypes.variants)
    train = found.genotypes.packed[found.split == 0]
    mean = np.nanmean(np.where(train == 255, np.nan, train / 127), axis=0)
    np.testing.assert_allclose(found.encoding.mean, mean, rtol=1e-6)


def test_run__names_dosages_that_are_cut_short(imputed, arguments, tmp_path):
    prefix, genotypes = imputed
    with prefix.with_suffix(".dosages").open("r+b") as file:
        file.truncate(genotypes.packed.size - 1)
    given = flags.parse(arguments(tmp_path / "out", f"--bfile={prefix}"))
    with pytest.raises(ValueError, match=r"x\.dosages: 95999 bytes; expected 96000"):
        prepare_cohort.run(given.configuration, Workdir(given.workdir))
