"""The flags that say where genotypes come from, and what their calls mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.option import option

__all__ = ["GenotypeFlags"]


@dataclass(frozen=True)
class GenotypeFlags:
    """Files of genotypes: one of --bfile, --pfile, --vcf, --bgen and --vcz."""

    bfile: str | None = option(
        None,
        "prefix of a PLINK 1 fileset (.bed/.bim/.fam); an @ stands for the chromosome "
        "of one fileset each, here and in the next four. Without any of the five a "
        "cohort is simulated",
        is_path=True,
    )
    pfile: str | None = option(
        None, "prefix of a PLINK 2 fileset (.pgen/.pvar/.psam)", is_path=True
    )
    vcf: str | None = option(None, "VCF (plain, .gz) or BCF", is_path=True)
    bgen: str | None = option(None, "BGEN, with --sample", is_path=True)
    vcz: str | None = option(None, "VCF-Zarr store, a folder", is_path=True)
    sample: str | None = option(
        None,
        "Oxford .sample of --bgen (default: the ids in it); may have an @ too",
        is_path=True,
    )
    psam: str | None = option(
        None,
        ".psam or .fam with the people of --vcf, --bgen or --vcz, in order: FID, sex",
        is_path=True,
    )
    dosages: Literal["auto", "never"] = option(
        "auto",
        "keep dosages at 8 bits where any is no hard call, or never",
        choices=("auto", "never"),
    )
    hard_call_threshold: float | None = option(
        None,
        "largest distance of a dosage to the hard call made of it, below 0.5 (default: "
        "0.1; of --pfile, the hard calls in the file)",
        lower=0,
        upper=0.4999,
    )
    max_alleles: int | None = option(
        None,
        "leave out variants with more alleles (default: they are an error)",
        lower=2,
    )
    bgen_ref: Literal["first", "last"] = option(
        "first",
        "which allele of --bgen is REF; the other is counted",
        choices=("first", "last"),
    )
    oxford_single_chr: str | None = option(
        None, "chromosome of all variants of a --bgen that names none"
    )
    vcf_dosage: str | None = option(
        None,
        "field of --vcf or --vcz with dosages: DS, HDS or GP (default: GT only)",
    )
    vcf_half_call: Literal["error", "haploid", "missing", "reference"] = option(
        "error",
        "what ./1 in --vcf or --vcz is",
        choices=("error", "haploid", "missing", "reference"),
    )
    double_id: bool = option(
        False, "the one id that --vcf, --bgen or --vcz has for a person is FID and IID"
    )
    const_fid: str = option("0", "else everybody's FID")
    id_delim: str | None = option(None, "else what divides the id into FID and IID")
