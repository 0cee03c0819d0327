"""Genotypes: files of every format in and out, the store, counts, simulated cohorts."""

from gxjax.genotypes.bed_counts import count_bed_codes, count_bed_missing
from gxjax.genotypes.bed_source import BedSource, open_bed_source
from gxjax.genotypes.counts import count_codes, count_missing
from gxjax.genotypes.formats import (
    import_genotypes,
    open_bgen,
    open_pgen,
    open_vcf,
    open_vcf_zarr,
    write_vcf,
)
from gxjax.genotypes.founder_panel import FounderPanel, founder_panel
from gxjax.genotypes.interchange import from_xarray, to_xarray
from gxjax.genotypes.packed import (
    decode,
    gather_codes,
    pack,
    packed_width,
    select_variants,
    unpack,
)
from gxjax.genotypes.plink import find_filesets, read_plink, write_plink
from gxjax.genotypes.simulate import simulate_genotypes
from gxjax.genotypes.store import Store, open_store
from gxjax.genotypes.store_build import build_store, write_store
from gxjax.genotypes.tables import (
    normalise_chromosome,
    read_bim,
    read_fam,
    write_bim,
    write_fam,
)
from gxjax.genotypes.traits import SimulatedTraits, simulate_phenotype, write_cohort
from gxjax.genotypes.transpose import to_bed, transpose_bed

__all__ = [
    "BedSource",
    "FounderPanel",
    "SimulatedTraits",
    "Store",
    "build_store",
    "count_bed_codes",
    "count_bed_missing",
    "count_codes",
    "count_missing",
    "decode",
    "find_filesets",
    "founder_panel",
    "from_xarray",
    "gather_codes",
    "import_genotypes",
    "normalise_chromosome",
    "open_bed_source",
    "open_bgen",
    "open_pgen",
    "open_store",
    "open_vcf",
    "open_vcf_zarr",
    "pack",
    "packed_width",
    "read_bim",
    "read_fam",
    "read_plink",
    "select_variants",
    "simulate_genotypes",
    "simulate_phenotype",
    "to_bed",
    "to_xarray",
    "transpose_bed",
    "unpack",
    "write_bim",
    "write_cohort",
    "write_fam",
    "write_plink",
    "write_store",
    "write_vcf",
]
