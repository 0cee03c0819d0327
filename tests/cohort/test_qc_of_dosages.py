"""Filters and frequencies of dosages that are no hard calls, as PLINK 2 has them."""

import numpy as np
import pandas as pd
import pytest

from gxjax.cohort import filter_genotypes, qc_tables
from gxjax.cohort.qc import drop_uninformative
from gxjax.genotypes import open_bed_source
from gxjax.genotypes.counts import count_codes
from gxjax.genotypes.packed import byte_codes
from gxjax.types import Genotypes

NAMES = ("1", "22", *"XY", "XY", "MT")


@pytest.fixture
def dosage_cohort(mixed_cohort):
    """`() -> genotypes, 8-bit codes [N, V]`, men and nonfounders as cohorts have them.

    Some of the dosages of every variant are too far from a hard call to be one.
    """
    genotypes, calls = mixed_cohort(300, 20, missing=0.05, names=NAMES)
    draw = np.random.default_rng(3)
    spread = draw.uniform(0, 0.2, calls.shape[1])
    dosages = np.clip(calls + spread * draw.normal(size=calls.shape), 0, 2)
    codes = np.where(calls == 3, 255, np.rint(127 * dosages)).astype(np.uint8)
    # One that varies below what a hard call shows.
    codes[:, 1] = draw.integers(0, 12, len(codes))
    return genotypes, codes


@pytest.fixture
def imported(dosage_cohort, tmp_path, plink2):
    """A prefix that plink2 knows as a .pgen with these dosages, and gxjax beside it."""
    genotypes, codes = dosage_cohort
    prefix = tmp_path / "x"
    genotypes.samples.assign(PHENO="-9").to_csv(
        f"{prefix}.sam", sep="\t", header=False, index=False
    )
    head = genotypes.variants[["CHROM", "POS", "ID", "A1", "A2"]]
    values = np.where(codes == 255, np.nan, codes / 127).T
    table = pd.concat([head, pd.DataFrame(values)], axis=1)
    table.to_csv(f"{prefix}.txt", sep="\t", header=False, index=False, na_rep="NA")
    plink2("--import-dosage", f"{prefix}.txt", "noheader", "format=1", "skip0=2",
           "chr-col-num=1", "pos-col-num=2", "ref-last", "--psam", f"{prefix}.sam",
           "--make-pgen", "--out", prefix)  # fmt: skip
    plink2("--pfile", prefix, "--make-bed", "--out", prefix)
    table = open_bed_source(prefix).variants
    assert (table["A1"] == "C").all()
    sorted_codes = codes[:, places(genotypes, table["ID"])]
    prefix.with_suffix(".dosages").write_bytes(sorted_codes.T.tobytes())
    return prefix


def places(genotypes, ids):
    """Where variants were before plink2 sorted them."""
    return genotypes.variants.reset_index().set_index("ID")["index"].loc[ids].to_numpy()


@pytest.mark.parametrize(
    "bounds", [{"maf": 0.05}, {"mac": 40}, {"maf": 0.2, "geno": 0.3, "hwe": 1e-3}]
)
@pytest.mark.parametrize("nonfounders", [True, False])
def test_filter_genotypes__of_dosages_equals_plink2(
    imported, plink2, bounds, nonfounders
):
    words = [word for name, bound in bounds.items() for word in (f"--{name}", bound)]
    words += ["--nonfounders"] if nonfounders else []
    out = imported.with_name("kept")
    plink2("--pfile", imported, *words, "--make-just-bim", "--out", out)
    lines = out.with_suffix(".bim").read_text().splitlines()
    theirs = [line.split()[1] for line in lines]
    chosen, table = filter_genotypes(
        open_bed_source(imported), autosome=False, nonfounders=nonfounders, **bounds
    )
    assert chosen.bits == 8
    assert table["variants"].iloc[-2] == len(theirs)
    assert list(chosen.variants["ID"]) == theirs
    assert 10 < len(theirs) < 115


def test_qc_tables__of_dosages_equal_plink2(imported, plink2):
    plink2("--pfile", imported, "--freq", "--missing", "--hardy", "--out", imported)
    ours = qc_tables(open_bed_source(imported))
    theirs = pd.read_csv(f"{imported}.afreq", sep="\t")
    # plink2 has dosages to 1/16384.
    np.testing.assert_allclose(
        ours["afreq"]["ALT_FREQS"], theirs["ALT_FREQS"], rtol=1e-4
    )
    np.testing.assert_array_equal(ours["afreq"]["OBS_CT"], theirs["OBS_CT"])
    missing = pd.read_csv(f"{imported}.vmiss", sep="\t")
    np.testing.assert_array_equal(ours["vmiss"]["MISSING_CT"], missing["MISSING_CT"])


def test_filter_genotypes__in_memory_equals_that_of_files(dosage_cohort, imported):
    """Without a .bed, hard calls are those within 0.1; dosages count alike."""
    source = open_bed_source(imported)
    codes = dosage_cohort[1][:, places(dosage_cohort[0], source.variants["ID"])]
    memory = Genotypes(codes, source.variants, source.samples, 8)
    bounds = {"maf": 0.1, "geno": 0.25, "mind": 0.2, "autosome": False}
    expected, table = filter_genotypes(source, **bounds)
    found, same = filter_genotypes(memory, **bounds)
    pd.testing.assert_frame_equal(found.variants, expected.variants)
    pd.testing.assert_frame_equal(found.samples, expected.samples)
    pd.testing.assert_frame_equal(same, table)
    assert found.bits == 8
    assert found.packed.shape == (len(found.samples), len(found.variants))


def test_drop_uninformative__keeps_what_varies_below_a_hard_call(make_genotypes):
    calls = np.zeros((4, 3), np.uint8)
    codes = byte_codes(calls)
    codes[2, 1] = 5
    genotypes = make_genotypes(calls)._replace(packed=codes, bits=8)
    assert (count_codes(codes, 3, bits=8)[:, 0] == 4).all()
    found, _ = drop_uninformative(genotypes)
    assert list(found.variants["ID"]) == ["v1"]
    np.testing.assert_array_equal(found.packed, codes[:, 1:2])
