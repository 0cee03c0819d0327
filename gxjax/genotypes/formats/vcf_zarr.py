"""VCF-Zarr stores, as bio2zarr and sgkit write them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gxjax.genotypes.formats.calls import HalfCall
from gxjax.genotypes.formats.library import load_library
from gxjax.genotypes.formats.sample_names import NameSamples, sample_table
from gxjax.genotypes.formats.variant_calls import (
    CallRules,
    check_rules,
    variant_calls,
)
from gxjax.genotypes.formats.variant_stream import (
    VariantChunk,
    VariantStream,
    chunk_length,
    refuse_multiallelic,
    variant_table,
)
from gxjax.genotypes.formats.vcf_dosages import check_field, dosage_fields
from gxjax.genotypes.hard_calls import HARD_CALL_THRESHOLD
from gxjax.types import Progress

__all__ = ["open_vcf_zarr"]

# Calls held at once, where a chunk of the store has no more.
_MOST_BYTES = 1 << 28
_ARRAYS = (
    "call_genotype",
    "contig_id",
    "sample_id",
    "variant_allele",
    "variant_contig",
    "variant_position",
)

_DAMAGE = (
    *(ValueError, OSError, RuntimeError, LookupError, TypeError, AttributeError),
    *(MemoryError, OverflowError, RecursionError, SystemError),
)
"""What zarr and its codecs raise of damaged metadata and chunks."""


def open_vcf_zarr(
    path: str | Path,
    *,
    dosage: str | None = None,
    half_call: HalfCall = "error",
    hard_call_threshold: float = HARD_CALL_THRESHOLD,
    max_alleles: int | None = None,
    name_samples: NameSamples = sample_table,
) -> VariantStream:
    """Opens a VCF-Zarr store, of Zarr format 2 or 3, through zarr.

    Args:
      path: the folder.
      dosage, half_call, hard_call_threshold, max_alleles, name_samples: as of
        `open_vcf`; the field DS is the array `call_DS`.

    Returns:
      A `VariantStream`; chunks have dosages if `dosage` is given.

    Raises:
      FileNotFoundError: there is no such folder.
      ValueError: an array is missing, damaged or of the wrong shape, a variant has more
        than two alleles or a call that is none, or zarr is not installed.
    """
    path = Path(path)
    library = load_library("zarr", "vcz", str(path))
    rules = CallRules(dosage, half_call, hard_call_threshold, max_alleles)
    check_rules(rules)
    if not path.is_dir():
        raise FileNotFoundError(f"{path}: no such folder; expected a VCF-Zarr store")
    with _naming(path):
        group = library.open_group(str(path), mode="r")
        _check_arrays(path, group)
        people = [str(name) for name in group["sample_id"][:]]
        rows = _rows(path, group, max_alleles)
        if dosage is not None:
            names = [name.removeprefix("call_") for name in group if "call_" in name]
            found = [name for name in names if not name.startswith("genotype")]
            check_field(path, dosage, found)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    chunks = partial(_named_chunks, path, group, rows, rules)
    return VariantStream(path, name_samples(path, people), size, chunks)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Raises ValueError with the store's name for what zarr makes of damaged files."""
    try:
        yield
    except _DAMAGE as error:
        if str(path) in str(error):
            raise
        what = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"{path}: no Zarr group can be read ({what}); fetch or make it anew"
        ) from error


def _named_chunks(
    path: Path, group: Any, rows: np.ndarray, rules: CallRules, progress: Progress
) -> Iterator[VariantChunk]:
    with _naming(path):
        yield from _chunks(path, group, rows, rules, progress)


def _check_arrays(path: Path, group: Any) -> None:
    lacking = [name for name in _ARRAYS if name not in group]
    if lacking:
        raise ValueError(
            f"{path}: no array {lacking[0]}; expected a VCF-Zarr store, with "
            f"{', '.join(_ARRAYS)}"
        )
    shape = group["call_genotype"].shape
    variants, people = group["variant_position"].shape[0], group["sample_id"].shape[0]
    if len(shape) != 3 or shape[:2] != (variants, people):
        raise ValueError(
            f"{path}: call_genotype has the shape {shape}; expected {variants} "
            f"variants x {people} people x alleles"
        )
    for name in ("variant_allele", "variant_contig"):
        if group[name].shape[0] != variants:
            raise ValueError(
                f"{path}: {name} has {group[name].shape[0]} rows; expected {variants}, "
                "as variant_position"
            )


def _rows(path: Path, group: Any, max_alleles: int | None) -> np.ndarray:
    """Increasing int64: the variants that are not left out."""
    alleles = group["variant_allele"][:]
    counts = (alleles != "").sum(axis=1)
    kept = np.ones(len(counts), bool)
    for row in np.flatnonzero(counts > 2):
        name = f"number {row + 1}, at {group['variant_position'][int(row)]},"
        kept[row] = not refuse_multiallelic(path, name, int(counts[row]), max_alleles)
    return np.flatnonzero(kept)


def _chunks(
    path: Path, group: Any, rows: np.ndarray, rules: CallRules, progress: Progress
) -> Iterator[VariantChunk]:
    fields = [] if rules.dosage is None else dosage_fields(rules.dosage)
    names = ["call_genotype", *(f"call_{name}" for name in fields)]
    arrays = {name: group[name] for name in names if name in group}
    total, people, _ = arrays["call_genotype"].shape
    step = chunk_length(people)
    for top in range(0, total, window := _window(arrays, step)):
        bottom = min(top + window, total)
        held = {name: _read(path, a, top, bottom) for name, a in arrays.items()}
        table = _variants(path, group, top, bottom)
        for start in range(0, bottom - top, step):
            stop = min(start + step, bottom - top)
            low, high = np.searchsorted(rows, (top + start, top + stop))
            if low < high:
                chosen = rows[low:high] - top
                variants = table.iloc[chosen].reset_index(drop=True)
                some = {name: values[chosen] for name, values in held.items()}
                yield _chunk(path, variants, some, rules)
            progress(top + stop, total, "variants")


def _window(arrays: dict[str, Any], step: int) -> int:
    """Variants to read at once: a chunk of the store if they can be held."""
    calls = arrays["call_genotype"]
    each = sum(
        array.dtype.itemsize * int(np.prod(array.shape[1:]))
        for array in arrays.values()
    )
    chunk = -(-calls.chunks[0] // step) * step
    return chunk if chunk * each <= _MOST_BYTES else step


def _read(path: Path, array: Any, start: int, stop: int) -> np.ndarray:
    try:
        return array[start:stop]
    except (ValueError, OSError, RuntimeError, KeyError) as error:
        raise ValueError(
            f"{path}: {array.name} is damaged at variants {start + 1} to {stop} "
            f"({error}). Fetch or make it anew"
        ) from error


def _variants(path: Path, group: Any, start: int, stop: int) -> pd.DataFrame:
    contigs = np.array([str(name) for name in group["contig_id"][:]], object)
    alleles = _read(path, group["variant_allele"], start, stop)
    where = _read(path, group["variant_contig"], start, stop)
    if where.size and not 0 <= where.min() <= where.max() < len(contigs):
        raise ValueError(
            f"{path}: variant_contig has {where.max()}; expected 0 to "
            f"{len(contigs) - 1}, the rows of contig_id"
        )
    ids = ["."] * len(where)
    if "variant_id" in group:
        ids = [str(name) for name in _read(path, group["variant_id"], start, stop)]
    second = alleles[:, 1] if alleles.shape[1] > 1 else [""] * len(where)
    return variant_table(
        contigs[where],
        _read(path, group["variant_position"], start, stop),
        ids,
        [str(name) or "." for name in second],
        [str(name) for name in alleles[:, 0]],
    )


def _chunk(
    path: Path, variants: pd.DataFrame, held: dict[str, np.ndarray], rules: CallRules
) -> VariantChunk:
    alleles = held.pop("call_genotype")
    codes = np.empty(alleles.shape[:2], np.uint8)
    dosages = None if rules.dosage is None else np.empty(codes.shape, np.float32)
    for row, called in enumerate(alleles):
        name = f"{variants['ID'].iloc[row]} at {variants['POS'].iloc[row]}"
        fields = {key.removeprefix("call_"): _columns(held[key][row]) for key in held}
        try:
            codes[row], found = variant_calls(called, fields, rules)
        except ValueError as error:
            raise ValueError(f"{path}: variant {name}: {error}") from error
        if dosages is not None:
            dosages[row] = found
    return VariantChunk(variants, codes, dosages)


def _columns(values: np.ndarray) -> np.ndarray:
    """[N] or [N, n] as [N, n]."""
    return values[:, None] if values.ndim == 1 else values
