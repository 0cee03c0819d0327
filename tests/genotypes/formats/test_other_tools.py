"""Files as plink2, plink1.9 and bio2zarr write them, each read back identically."""

import numpy as np
import pandas as pd
import pytest

from gxjax.genotypes import find_filesets, normalise_chromosome, read_plink
from gxjax.genotypes.formats import (
    open_bgen,
    open_pgen,
    open_vcf,
    open_vcf_zarr,
    samples_of_psam,
    write_vcf,
)
from gxjax.genotypes.packed import unpack

EXPORTS = {
    "vcf": (("vcf",), "vcf"),
    "vcf bgz": (("vcf", "bgz"), "vcf.gz"),
    "bcf": (("bcf",), "bcf"),
    "bgen 8": (("bgen-1.2", "bits=8", "ref-first"), "bgen"),
    "bgen 16": (("bgen-1.2", "bits=16", "ref-first"), "bgen"),
    "bgen 1.1": (("bgen-1.1", "ref-first"), "bgen"),
    "bgen 1.3": (("bgen-1.3", "ref-first"), "bgen"),
    "bgen last": (("bgen-1.2", "bits=8", "ref-last"), "bgen"),
}


@pytest.fixture
def exported(plink2, mixed_prefix, tmp_path):
    """`exported(name) -> path` of the cohort as plink2 exports it."""

    def export(name):
        words, ending = EXPORTS[name]
        out = tmp_path / "exported"
        plink2("--bfile", mixed_prefix, "--export", *words, "--out", out)
        return tmp_path / f"exported.{ending}"

    return export


def test_make_bed(plink2, mixed, mixed_prefix, tmp_path, same_genotypes):
    plink2("--bfile", mixed_prefix, "--make-bed", "--out", tmp_path / "y")
    same_genotypes(read_plink(tmp_path / "y"), mixed)


@pytest.mark.parametrize("how", [(), ("vzs",)])
def test_make_pgen(
    plink2, mixed, mixed_prefix, tmp_path, read_back, same_genotypes, how
):
    plink2("--bfile", mixed_prefix, "--make-pgen", *how, "--out", tmp_path / "y")
    found, imported = read_back(open_pgen(tmp_path / "y"))
    same_genotypes(found, mixed)
    assert imported == (37, 32, 0)
    assert not (tmp_path / "back.dosages").exists()


@pytest.mark.parametrize("name", ["vcf", "vcf bgz", "bcf"])
def test_export_vcf(exported, mixed, mixed_prefix, read_back, same_genotypes, name):
    path = exported(name)
    found, _ = read_back(open_vcf(path))
    same_genotypes(found, mixed, people_but=("FID", "IID", "SEX"))
    assert (found.samples["FID"] == "0").all()
    assert (found.samples["SEX"] == 0).all()
    joined = mixed.samples["FID"] + "_" + mixed.samples["IID"]
    assert found.samples["IID"].tolist() == joined.tolist()
    psam = samples_of_psam(f"{mixed_prefix}.fam")
    found, _ = read_back(open_vcf(path, name_samples=psam))
    same_genotypes(found, mixed)


@pytest.mark.parametrize("name", ["bgen 8", "bgen 16", "bgen last", "bgen 1.3"])
def test_export_bgen(exported, mixed, read_back, same_genotypes, name):
    path, ref_first = exported(name), name != "bgen last"
    sample = path.with_suffix(".sample")
    found, imported = read_back(open_bgen(path, sample, ref_first=ref_first))
    same_genotypes(found, mixed)
    assert imported.uncertain == 0
    found, _ = read_back(open_bgen(path, ref_first=ref_first))
    same_genotypes(found, mixed, people_but=("FID", "IID", "SEX"))


def test_export_bgen_11(exported, mixed, read_back, same_genotypes):
    path = exported("bgen 1.1")
    with pytest.raises(ValueError, match=r"no ids of people"):
        open_bgen(path)
    found, _ = read_back(open_bgen(path, path.with_suffix(".sample")))
    same_genotypes(found, mixed)


def test_plink19_make_bed__has_the_minor_allele_first(
    plink1, mixed, mixed_prefix, tmp_path
):
    plink1("--bfile", mixed_prefix, "--make-bed", "--out", tmp_path / "y")
    found = read_plink(tmp_path / "y")
    swapped = (found.variants["A1"] != mixed.variants["A1"]).to_numpy()
    assert 5 < swapped.sum() < len(swapped)
    expected = mixed.variants.copy()
    expected.loc[swapped, ["A1", "A2"]] = mixed.variants.loc[
        swapped, ["A2", "A1"]
    ].to_numpy()
    # It writes 23 for X.
    names = normalise_chromosome(found.variants["CHROM"])
    pd.testing.assert_frame_equal(found.variants.assign(CHROM=names), expected)
    pd.testing.assert_frame_equal(found.samples, mixed.samples)
    codes, ours = (unpack(each.packed, len(swapped)) for each in (found, mixed))
    turned = np.array([2, 1, 0, 3], np.uint8)
    np.testing.assert_array_equal(np.where(swapped, turned[codes], codes), ours)


def test_plink19_recode_vcf(plink1, mixed, mixed_prefix, tmp_path, read_back):
    plink1("--bfile", mixed_prefix, "--recode", "vcf", "--keep-allele-order", "--out",
           tmp_path / "y")  # fmt: skip
    found, _ = read_back(open_vcf(tmp_path / "y.vcf"))
    np.testing.assert_array_equal(found.packed, mixed.packed)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_bio2zarr(
    peer, plink2, mixed, mixed_prefix, tmp_path, read_back, same_genotypes, zarr_format
):
    """One store per chromosome: of several it wants an index, which bcftools makes."""
    vcf2zarr = peer("bio2zarr.vcf")
    for name in mixed.variants["CHROM"].unique():
        out = tmp_path / f"chr{name}"
        plink2("--bfile", mixed_prefix, "--chr", name, "--export", "vcf", "bgz",
               "id-paste=iid", "--out", out)  # fmt: skip
        vcf2zarr.convert([f"{out}.vcf.gz"], f"{out}.vcz", zarr_format=zarr_format)
    paths = find_filesets(f"{tmp_path}/chr@.vcz", ("",))
    psam = samples_of_psam(f"{mixed_prefix}.fam")
    streams = [open_vcf_zarr(path, name_samples=psam) for path in paths]
    found, _ = read_back(*streams)
    same_genotypes(found, mixed)


@pytest.mark.parametrize("ending", ["vcf", "vcf.gz"])
def test_write_vcf__plink2_reads_it_without_a_warning(
    plink2, mixed, mixed_prefix, tmp_path, same_genotypes, ending
):
    write_vcf(mixed, tmp_path / f"ours.{ending}")
    plink2("--vcf", tmp_path / f"ours.{ending}", "--psam", f"{mixed_prefix}.fam",
           "--make-bed", "--out", tmp_path / "y")  # fmt: skip
    assert "Warning" not in (tmp_path / "y.log").read_text()
    same_genotypes(read_plink(tmp_path / "y"), mixed)
    for name in ("bed", "bim"):
        read = (tmp_path / f"y.{name}").read_bytes()
        assert read == (mixed_prefix.parent / f"x.v1.{name}").read_bytes()
