"""Other files of genotypes in: PLINK 2, BGEN, VCF, BCF and VCF-Zarr; VCF out."""

from gxjax.genotypes.formats.bgen import open_bgen
from gxjax.genotypes.formats.import_genotypes import Imported, import_genotypes
from gxjax.genotypes.formats.pgen import open_pgen
from gxjax.genotypes.formats.sample_names import sample_table, samples_of_psam
from gxjax.genotypes.formats.variant_stream import VariantChunk, VariantStream
from gxjax.genotypes.formats.vcf import open_vcf
from gxjax.genotypes.formats.vcf_zarr import open_vcf_zarr
from gxjax.genotypes.formats.write_vcf import write_vcf

__all__ = [
    "Imported",
    "VariantChunk",
    "VariantStream",
    "import_genotypes",
    "open_bgen",
    "open_pgen",
    "open_vcf",
    "open_vcf_zarr",
    "sample_table",
    "samples_of_psam",
    "write_vcf",
]
