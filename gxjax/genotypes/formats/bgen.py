"""BGEN files of layout 1 and 2, such as UK Biobank's imputed genotypes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gxjax.genotypes.formats.library import load_library
from gxjax.genotypes.formats.oxford_sample import read_oxford_sample
from gxjax.genotypes.formats.sample_names import NameSamples, sample_table
from gxjax.genotypes.formats.variant_stream import (
    VariantChunk,
    VariantStream,
    chunk_length,
    refuse_multiallelic,
    variant_table,
)
from gxjax.genotypes.hard_calls import (
    HARD_CALL_THRESHOLD,
    check_dosages,
    check_threshold,
    hard_calls,
)
from gxjax.types import Progress

__all__ = ["open_bgen"]


def open_bgen(
    path: str | Path,
    sample: str | Path | None = None,
    *,
    ref_first: bool = True,
    hard_call_threshold: float = HARD_CALL_THRESHOLD,
    max_alleles: int | None = None,
    chromosome: str | None = None,
    name_samples: NameSamples = sample_table,
) -> VariantStream:
    """Opens a BGEN file, through the library bgen; no index is read or written.

    A dosage is p(heterozygous) + 2 p(two copies of A1), or the sum over both haplotypes
    where the file is phased. One of a single copy (a male's X, in some files) counts
    double, as plink2 has it.

    Args:
      path: the `.bgen`; probabilities of any number of bits, zlib, zstd or neither.
      sample: the `.sample` file; None takes the ids in the `.bgen`.
      ref_first: whether the first allele is REF, as in UK Biobank's files and plink2's
        `ref-first`; else the last, `ref-last`. A1, which is counted, is the other. The
        file does not say which, and only dosages at A1 frequencies can tell.
      hard_call_threshold: as of `hard_calls`.
      max_alleles: variants of more alleles are left out; None refuses those of more
        than two.
      chromosome: of all variants, where the file does not name it.
      name_samples: makes the table of people of the ids in the `.bgen`.

    Returns:
      A `VariantStream` whose chunks have dosages.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: a file is damaged or contradicts the other, a variant has more than
        two alleles or copies or names no chromosome, or bgen is not installed.
    """
    path = Path(path)
    library = load_library("bgen", "bgen", str(path))
    check_threshold(hard_call_threshold)
    with _reading(path, library) as reader:
        header, ids = reader.header, _named(path, lambda: list(reader.samples))
    if sample is not None:
        samples = read_oxford_sample(sample, name_samples)
    elif header.has_sample_ids:
        samples = name_samples(path, ids)
    else:
        raise ValueError(
            f"{path}: has no ids of people; expected the .sample file that goes with "
            "it (--sample)"
        )
    if len(samples) != header.nsamples:
        raise ValueError(
            f"{sample or path}: {len(samples)} people, but {path} has "
            f"{header.nsamples}; expected the same people in the same order"
        )
    describe = partial(_describe, path, ref_first, max_alleles, chromosome)
    chunks = partial(_chunks, path, library, describe, ref_first, hard_call_threshold)
    return VariantStream(path, samples, path.stat().st_size, chunks)


def _named(path: Path, read: Callable[[], Any]) -> Any:
    """What the library makes of a text; raises ValueError where it is none."""
    try:
        return read()
    except ValueError as error:
        raise ValueError(
            f"{path}: damaged, an id is no text ({error}); fetch or make it anew"
        ) from error


class _reading:
    """The opened file; raises ValueError where it is no BGEN."""

    def __init__(self, path: Path, library: Any) -> None:
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
        try:
            self._reader = library.BgenReader(str(path), delay_parsing=True)
        except ValueError as error:
            raise ValueError(f"{path}: {error}; expected a whole .bgen") from error

    def __enter__(self) -> Any:
        return self._reader

    def __exit__(self, *_: object) -> None:
        self._reader.close()


def _describe(
    path: Path,
    ref_first: bool,
    max_alleles: int | None,
    chromosome: str | None,
    variant: Any,
) -> tuple[str, int, str, str, str] | None:
    """Chromosome, position, id, ALT, REF; None for a variant that is left out."""
    chromosome_there = _named(path, lambda: variant.chrom)
    name = _named(path, lambda: variant.rsid or variant.varid)
    name = name or f"{chromosome_there}:{variant.pos}"
    alleles = _named(path, lambda: variant.alleles)
    if len(alleles) < 2:
        raise ValueError(
            f"{path}: variant {name} has {len(alleles)} alleles; expected two. "
            "Fetch or make the file anew"
        )
    if refuse_multiallelic(path, name, len(alleles), max_alleles):
        return None
    where = variant.chrom or chromosome
    if not where:
        raise ValueError(
            f"{path}: variant {name} names no chromosome; say which one the file is of "
            "(--oxford_single_chr)"
        )
    ref, alt = alleles if ref_first else alleles[::-1]
    return where, variant.pos, variant.rsid, alt, ref


def _chunks(
    path: Path,
    library: Any,
    describe: Callable[[Any], tuple[str, int, str, str, str] | None],
    ref_first: bool,
    threshold: float,
    progress: Progress,
) -> Iterator[VariantChunk]:
    with _reading(path, library) as reader:
        people, total = reader.header.nsamples, reader.header.nvariants
        step = chunk_length(people)
        rows: list[tuple[str, int, str, str, str]] = []
        dosages = np.empty((step, people), np.float32)
        for done, variant in enumerate(_whole(path, reader), start=1):
            row = describe(variant)
            if row is not None:
                dosages[len(rows)] = _dosage(path, variant, ref_first)
                rows.append(row)
            if len(rows) == step or (done == total and rows):
                yield _chunk(rows, dosages, threshold)
                rows, dosages = [], np.empty_like(dosages)
                progress(done, total, "variants")


def _whole(path: Path, reader: Any) -> Iterator[Any]:
    """The variants; raises ValueError where the file ends too early."""
    variants = iter(reader)
    while True:
        try:
            variant = next(variants)
        except StopIteration:
            return
        except ValueError as error:
            raise ValueError(f"{path}: {error}; fetch or make it anew") from error
        yield variant


def _dosage(path: Path, variant: Any, ref_first: bool) -> np.ndarray:
    """float32 [N]: copies of A1."""
    try:
        second, ploidy = variant.alt_dosage, variant.ploidy
    except ValueError as error:
        raise ValueError(
            f"{path}: variant {variant.rsid}: {error}; expected a whole .bgen. "
            "Fetch or make it anew"
        ) from error
    if ploidy.max(initial=0) > 2:
        raise ValueError(
            f"{path}: variant {variant.rsid}: a person with {ploidy.max()} copies; "
            "expected two at most (the polyploid are not supported)"
        )
    second = np.where(ploidy == 1, 2 * second, second)
    second[ploidy == 0] = np.nan
    # Probabilities are fractions of 2^bits - 1, whose sum may pass 2 by rounding.
    dosage = np.where(np.abs(second - 1) < 1 + 1e-4, np.clip(second, 0, 2), second)
    try:
        check_dosages(dosage)
    except ValueError as error:
        raise ValueError(f"{path}: variant {variant.rsid}: {error}") from error
    return dosage if ref_first else 2 - dosage


def _chunk(
    rows: list[tuple[str, int, str, str, str]], dosages: np.ndarray, threshold: float
) -> VariantChunk:
    kept = dosages[: len(rows)]
    codes = np.empty(kept.shape, np.uint8)
    for calls, row in zip(codes, kept, strict=True):
        calls[:] = hard_calls(row, threshold)
    return VariantChunk(_table(rows), codes, kept)


def _table(rows: list[tuple[str, int, str, str, str]]) -> pd.DataFrame:
    return variant_table(*(list(column) for column in zip(*rows, strict=True)))
