"""VCF and BCF files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
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
from gxjax.genotypes.formats.vcf_reader import check_end, open_reader
from gxjax.genotypes.hard_calls import HARD_CALL_THRESHOLD
from gxjax.types import Progress

__all__ = ["open_vcf"]


def open_vcf(
    path: str | Path,
    *,
    dosage: str | None = None,
    half_call: HalfCall = "error",
    hard_call_threshold: float = HARD_CALL_THRESHOLD,
    max_alleles: int | None = None,
    name_samples: NameSamples = sample_table,
) -> VariantStream:
    """Opens a VCF, plain or by bgzip or gzip, or a BCF, through cyvcf2.

    No index is needed.

    FILTER, QUAL and phase are left aside, as plink2 does by default.

    Args:
      path: the file.
      dosage: the field that dosages are read from, DS, HDS or GP; hard calls are then
        made of them anew, and GT serves where a person or variant has none. None reads
        GT only.
      half_call: what `./1` is, as plink2's --vcf-half-call.
      hard_call_threshold: as of `hard_calls`.
      max_alleles: variants of more alleles are left out; None refuses those of more
        than two.
      name_samples: makes the table of people of the ids in the header.

    Returns:
      A `VariantStream`; chunks have dosages if `dosage` is given.

    Raises:
      FileNotFoundError: there is no such file.
      ValueError: the file is damaged or no VCF, its header has no such field, a
        variant has more than two alleles or a call that is none, or cyvcf2 is not
        installed.
    """
    path = Path(path)
    library = load_library("cyvcf2", "vcf", str(path))
    rules = CallRules(dosage, half_call, hard_call_threshold, max_alleles)
    check_rules(rules)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    check_end(path)
    reader, handle = open_reader(path, library)
    os.close(handle)
    try:
        ids, header = list(reader.samples), reader.raw_header
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: an id in the header is not UTF-8 ({error.reason}); expected "
            "UTF-8, as a VCF has it"
        ) from error
    finally:
        reader.close()
    if dosage is not None:
        check_field(path, dosage, re.findall(r"##FORMAT=<ID=([^,>]+)", header))
    if not ids:
        raise ValueError(f"{path}: has no people, only sites; expected genotypes")
    chunks = partial(_chunks, path, library, rules)
    samples = name_samples(path, ids)
    return VariantStream(path, samples, path.stat().st_size, chunks)


def _declare(reader: Any) -> frozenset[str]:
    """Adds the usual chromosomes, and GT, to a header that lacks them.

    Of the first record on a chromosome that the header lacks, or with such a field,
    cyvcf2 passes over that htslib could not read it, and crashes when it is asked for.

    Returns:
      The names of the chromosomes that the header then has.
    """
    known = set(re.findall(r"##contig=<(?:[^>]*,)?ID=([^,>]+)", reader.raw_header))
    numbers = (*map(str, range(29)), "X", "Y", "XY", "MT", "M")
    usual = {f"{prefix}{number}" for prefix in ("", "chr") for number in numbers}
    for name in sorted(usual - known):
        reader.add_to_header(f"##contig=<ID={name}>")
    if "##FORMAT=<ID=GT," not in reader.raw_header:
        reader.add_format_to_header(
            {"ID": "GT", "Number": "1", "Type": "String", "Description": "Genotype"}
        )
    return frozenset(known | usual)


def _chunks(
    path: Path, library: Any, rules: CallRules, progress: Progress
) -> Iterator[VariantChunk]:
    reader, handle = open_reader(path, library)
    try:
        people, size = len(reader.samples), path.stat().st_size
        step = chunk_length(people)
        variants: list[Any] = []
        codes, dosages = _empty(step, people, rules)
        for row in _rows(path, reader, rules):
            variants.append(row)
            place = len(variants) - 1
            codes[place], found = _calls(path, row, people, rules)
            if dosages is not None:
                dosages[place] = found
            if len(variants) == step:
                yield VariantChunk(_table(variants), codes, dosages)
                progress(min(os.lseek(handle, 0, os.SEEK_CUR), size), size, "bytes")
                variants, (codes, dosages) = [], _empty(step, people, rules)
        if variants:
            last = slice(len(variants))
            some = None if dosages is None else dosages[last]
            yield VariantChunk(_table(variants), codes[last], some)
        progress(size, size, "bytes")
    finally:
        os.close(handle)
        reader.close()


def _empty(
    step: int, people: int, rules: CallRules
) -> tuple[np.ndarray, np.ndarray | None]:
    codes = np.empty((step, people), np.uint8)
    return codes, None if rules.dosage is None else np.empty(codes.shape, np.float32)


def _rows(path: Path, reader: Any, rules: CallRules) -> Iterator[Any]:
    """The variants that are not left out."""
    records, declared = iter(reader), _declare(reader)
    for number in range(1, 1 << 62):
        try:
            record = next(records)
        except StopIteration:
            return
        # cyvcf2 raises the bare class.
        except Exception as error:
            raise ValueError(
                f"{path}: variant {number} can not be read ({error}); the file is "
                "damaged or cut short. Look at it with bcftools view"
            ) from error
        # Nothing else of it may be asked for before: see `_declare`.
        if record.CHROM not in declared:
            raise ValueError(
                f"{path}: variant {number} is on {record.CHROM!r}, which has no "
                "##contig line in the header and is no usual chromosome; expected one. "
                "The line is damaged, or the header lacks it (bcftools reheader --fai)"
            )
        alleles = max(2, 1 + len(record.ALT))
        if not refuse_multiallelic(path, _name(record), alleles, rules.max_alleles):
            yield record


def _calls(
    path: Path, record: Any, people: int, rules: CallRules
) -> tuple[np.ndarray, np.ndarray | None]:
    """uint8 [N] hard calls and float32 [N] dosages of a variant."""
    names = record.FORMAT
    if not names:
        raise ValueError(f"{path}: variant {_name(record)}: no FORMAT; expected GT")
    # The last column says whether the call is phased.
    alleles = record.genotype.array()[:, :-1] if "GT" in names else None
    wanted = () if rules.dosage is None else dosage_fields(rules.dosage)
    fields = {name: record.format(name) for name in wanted if name in names}
    if alleles is None and not fields:
        # Nothing that is read: everybody is missing, as with plink2.
        alleles = np.full((people, 1), -1, np.int16)
    for name, values in fields.items():
        if values.dtype.kind not in "fi":
            raise ValueError(
                f"{path}: {name} is text by the header; expected Type=Float"
            )
    try:
        return variant_calls(alleles, fields, rules)
    except ValueError as error:
        raise ValueError(f"{path}: variant {_name(record)}: {error}") from error


def _name(record: Any) -> str:
    return f"{record.ID or '.'} at {record.CHROM}:{record.POS}"


def _table(records: list[Any]) -> pd.DataFrame:
    return variant_table(
        [record.CHROM for record in records],
        [record.POS for record in records],
        [record.ID for record in records],
        [record.ALT[0] if record.ALT else "." for record in records],
        [record.REF for record in records],
    )
