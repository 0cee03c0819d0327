"""PLINK 2 filesets: `.pgen`, `.pvar` and `.psam`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from gxjax.genotypes.formats.library import load_library
from gxjax.genotypes.formats.plink2_tables import read_psam, read_pvar
from gxjax.genotypes.formats.sample_names import check_samples
from gxjax.genotypes.formats.variant_stream import (
    VariantChunk,
    VariantStream,
    chunk_length,
    refuse_multiallelic,
)
from gxjax.genotypes.hard_calls import check_threshold, hard_calls
from gxjax.types import MISSING, Progress

__all__ = ["open_pgen"]


def open_pgen(
    prefix: str | Path,
    *,
    hard_call_threshold: float | None = None,
    max_alleles: int | None = None,
) -> VariantStream:
    """Opens a PLINK 2 fileset, through Pgenlib; phase is left aside.

    Args:
      prefix: path without `.pgen`, `.pvar` (or `.pvar.zst`) and `.psam`.
      hard_call_threshold: makes hard calls of the dosages anew, as `hard_calls`; None
        takes those of the file.
      max_alleles: variants of more alleles are left out; None refuses those of more
        than two.

    Returns:
      A `VariantStream`; A1 is ALT, and chunks have dosages.

    Raises:
      FileNotFoundError: a file of the fileset is missing.
      ValueError: a table is wrong or contradicts the `.pgen`, a variant has more than
        two alleles, or Pgenlib is not installed.
    """
    prefix = Path(str(prefix).removesuffix(".pgen"))
    path = Path(f"{prefix}.pgen")
    pgenlib = load_library("pgenlib", "pgen", str(path))
    if hard_call_threshold is not None:
        check_threshold(hard_call_threshold)
    tables = [
        _existing(prefix, "pvar", "pvar.zst", "pvar.gz"),
        _existing(prefix, "psam"),
    ]
    _existing(prefix, "pgen")
    variants, samples = read_pvar(tables[0]), read_psam(tables[1])
    check_samples(tables[1], samples)
    alleles = variants["A1"].str.count(",").to_numpy(np.int64) + 2
    kept = np.ones(len(variants), bool)
    for row in np.flatnonzero(alleles > 2):
        name = f"{variants['ID'].iloc[row]} ({row + 1} of the .pvar)"
        number = int(alleles[row])
        kept[row] = not refuse_multiallelic(tables[0], name, number, max_alleles)
    # The reader asks for the file again at each use: an opened one is not kept.
    reader = partial(_reader, pgenlib, path, len(samples), alleles)
    reader().close()
    rows = np.flatnonzero(kept).astype(np.uint32)
    table = variants.iloc[rows].reset_index(drop=True)
    chunks = partial(_chunks, reader, path, table, rows, hard_call_threshold)
    return VariantStream(path, samples, path.stat().st_size, chunks)


def _existing(prefix: Path, *endings: str) -> Path:
    paths = [Path(f"{prefix}.{ending}") for ending in endings]
    for path in paths:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{paths[0]}: no such file; a PLINK 2 fileset is {prefix.name}.pgen, "
        f"{prefix.name}.pvar (or .pvar.zst) and {prefix.name}.psam in one folder"
    )


def _reader(pgenlib: ModuleType, path: Path, people: int, alleles: np.ndarray) -> Any:
    """Pgenlib's reader; raises ValueError where the tables are of another file."""
    offsets = np.concatenate([[0], np.cumsum(alleles)]).astype(np.uintp)
    try:
        return pgenlib.PgenReader(
            os.fsencode(path),
            raw_sample_ct=people,
            variant_ct=len(alleles),
            allele_idx_offsets=offsets if (alleles > 2).any() else None,
        )
    except RuntimeError as error:
        raise ValueError(
            f"{path}: {_words(error)}; expected a PLINK 2 .pgen of the "
            f"{people} people of the .psam and the {len(alleles)} variants of the .pvar"
        ) from error


def _words(error: RuntimeError) -> str:
    """What Pgenlib says, which it says in bytes."""
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())


def _chunks(
    open_reader: partial,
    path: Path,
    table: pd.DataFrame,
    rows: np.ndarray,
    threshold: float | None,
    progress: Progress,
) -> Iterator[VariantChunk]:
    reader = open_reader()
    people = reader.get_raw_sample_ct()
    step = chunk_length(people)
    try:
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            codes = np.empty((len(part), people), np.int8)
            dosages = np.empty((len(part), people), np.float32)
            try:
                reader.read_list(part, codes)
                reader.read_dosages_list(part, dosages)
            except RuntimeError as error:
                raise ValueError(
                    f"{path}: damaged at variants {part[0] + 1} to {part[-1] + 1} "
                    f"({_words(error)}); expected a whole .pgen. Fetch or make it anew"
                ) from error
            codes[codes < 0] = MISSING
            dosages[dosages < 0] = np.nan
            called = codes.view(np.uint8)
            if threshold is not None:
                for calls, row in zip(called, dosages, strict=True):
                    calls[:] = hard_calls(row, threshold)
            variants = table.iloc[start : start + step].reset_index(drop=True)
            yield VariantChunk(variants, called, dosages)
            progress(start + len(part), len(rows), "variants")
    finally:
        reader.close()
