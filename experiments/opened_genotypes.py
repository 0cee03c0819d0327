"""The files that the flags of genotypes name, opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from experiments.configuration import CohortFlags
from gxjax.genotypes import find_filesets
from gxjax.genotypes.chromosome_files import check_chromosome, chromosome_files
from gxjax.genotypes.formats import (
    VariantChunk,
    VariantStream,
    open_bgen,
    open_pgen,
    open_vcf,
    open_vcf_zarr,
    sample_table,
    samples_of_psam,
)
from gxjax.genotypes.hard_calls import HARD_CALL_THRESHOLD
from gxjax.types import Progress

__all__ = ["FORMATS", "named_files", "opened"]

FORMATS: dict[str, tuple[str, ...]] = {
    "bfile": (".bed", ".bim", ".fam"),
    "pfile": (".pgen", ".pvar", ".pvar.zst", ".pvar.gz", ".psam"),
    "vcf": ("",),
    "bgen": ("",),
    "vcz": ("",),
}
"""The endings of the files that a flag names."""


def named_files(flags: CohortFlags, name: str) -> list[Path]:
    """The files, or prefixes, of a flag that may have an @; none where it is not given.

    Raises:
      ValueError, FileNotFoundError: as of `find_filesets`.
    """
    value = getattr(flags, name)
    if value is None:
        return []
    return find_filesets(value, FORMATS.get(name, ("",)), flags.chr_set)


def opened(flags: CohortFlags, kind: str) -> list[VariantStream]:
    """The files of a flag of `FORMATS`, in the order of their chromosomes.

    Raises:
      ValueError, FileNotFoundError: as of what opens them; and where it was read, that
        a chromosome's file has variants of others only.
    """
    files = chromosome_files(getattr(flags, kind), FORMATS[kind], flags.chr_set)
    open_one = _opener(flags, kind)
    beside: list[dict[str, Path]] = [{} for _ in files]
    if flags.sample is not None:
        samples = named_files(flags, "sample")
        if len(samples) == 1:
            samples *= len(files)
        if len(samples) != len(files):
            raise ValueError(
                f"--sample={flags.sample}: {len(samples)} files for {len(files)} of "
                "--bgen; expected one, or one for each"
            )
        beside = [{"sample": sample} for sample in samples]
    return [
        _checked(open_one(path, **more), chromosome, flags.chr_set)
        for (path, chromosome), more in zip(files, beside, strict=True)
    ]


def _checked(
    stream: VariantStream, chromosome: str | None, chr_set: int
) -> VariantStream:
    """The stream, which ends with `check_chromosome`."""

    def chunks(progress: Progress) -> Iterator[VariantChunk]:
        found: set[str] = set()
        for chunk in stream.chunks(progress):
            found.update(chunk.variants["CHROM"].unique())
            yield chunk
        check_chromosome(stream.path, found, chromosome, chr_set)

    return stream._replace(chunks=chunks)


def _opener(flags: CohortFlags, kind: str) -> Callable[..., VariantStream]:
    threshold = flags.hard_call_threshold
    shared: dict[str, Any] = {"max_alleles": flags.max_alleles}
    if kind == "pfile":
        return partial(open_pgen, hard_call_threshold=threshold, **shared)
    shared["name_samples"] = _names(flags)
    shared["hard_call_threshold"] = (
        HARD_CALL_THRESHOLD if threshold is None else threshold
    )
    if kind == "bgen":
        first = flags.bgen_ref == "first"
        where = flags.oxford_single_chr
        return partial(open_bgen, ref_first=first, chromosome=where, **shared)
    shared |= {"dosage": flags.vcf_dosage, "half_call": flags.vcf_half_call}
    return partial(open_vcf if kind == "vcf" else open_vcf_zarr, **shared)


def _names(flags: CohortFlags) -> Callable[..., Any]:
    if flags.psam is not None:
        return samples_of_psam(flags.psam)
    return partial(
        sample_table,
        double_id=flags.double_id,
        const_fid=flags.const_fid,
        id_delim=flags.id_delim,
    )
