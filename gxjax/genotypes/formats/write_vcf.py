"""Genotypes as a VCF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.genotypes.formats.library import load_library
from gxjax.genotypes.formats.variant_stream import (
    VariantChunk,
    VariantStream,
    chunk_length,
)
from gxjax.genotypes.hard_calls import BYTE_CALLS
from gxjax.genotypes.packed import MISSING_BYTE, unpack
from gxjax.genotypes.tables import normalise_chromosome
from gxjax.replacing import replacing
from gxjax.types import Genotypes, Progress, silent

__all__ = ["genotype_stream", "vcf_sample_ids", "write_vcf", "write_vcf_stream"]

_HELD_BYTES = 1 << 28
_DIPLOID = (b"0/0", b"0/1", b"1/1", b"./.")
# A heterozygous call where there is one copy can only be written as one of two.
_HAPLOID = (b"0", b"0/1", b"1", b".")
_ALLELE = r"[ACGTNacgtn]+|<[^<>\s,]+>|\*"
_UNKNOWN = ("0", ".")


def write_vcf(
    genotypes: Genotypes, path: str | Path, progress: Progress = silent
) -> None:
    """Writes a VCF 4.3 that plink2 reads back to equal genotypes.

    REF is A2 and ALT is A1, the counted allele, whatever the reference genome has. A
    person's id is the IID, or FID_IID where two families have it. FID, parents, sex and
    cM have no place in a VCF. On Y and MT, and in males on X, a call is of one allele,
    and a heterozygous one of two, as plink2 writes them. Genotypes of 8 bits have their
    dosages as DS beside the hard calls.

    Args:
      genotypes: N people, V variants.
      path: ends in `.vcf`, or in `.vcf.gz` to be compressed by bgzip, which needs the
        library cyvcf2; in a folder that exists.
      progress: called with variants done, V.

    Raises:
      FileNotFoundError: the folder does not exist.
      ValueError: another ending, an allele or id that no VCF can hold, or cyvcf2 is
        not installed.
    """
    chromosomes = genotypes.variants["CHROM"].unique().tolist()
    write_vcf_stream(
        genotype_stream(genotypes, Path(path)), chromosomes, path, progress
    )


def write_vcf_stream(
    stream: VariantStream,
    chromosomes: Sequence[str],
    path: str | Path,
    progress: Progress = silent,
) -> None:
    """`write_vcf` of variants that come in chunks, with or without dosages.

    Args:
      stream: the people, and their variants.
      chromosomes: all that the variants name, in their order.
      path, progress: as of `write_vcf`.

    Raises:
      As `write_vcf`.
    """
    males = stream.samples["SEX"].to_numpy() == 1
    chunks = stream.chunks(progress)
    first = next(chunks, None)
    dosages = first is not None and first.dosages is not None
    header = _header(chromosomes, vcf_sample_ids(stream.samples), dosages)
    with _writer(Path(path), header) as write:
        while first is not None:
            for line in _lines(Path(path), first, males):
                write(line)
            first = next(chunks, None)


def genotype_stream(genotypes: Genotypes, path: Path) -> VariantStream:
    """Genotypes in memory or in a store, as if they were read from a file."""
    packed, variants, samples, bits = genotypes

    def chunks(progress: Progress) -> Iterator[VariantChunk]:
        # A multiple of 4, so that a chunk begins with a byte of 2-bit codes.
        step = -(-chunk_length(len(samples)) // 4) * 4
        window = held_length(len(samples), bits, step)
        for start in range(0, len(variants), step):
            if start % window == 0:
                whole = slice(start * bits // 8, (start + window) * bits // 8)
                held = np.asarray(packed[:, whole])
            table = variants.iloc[start : start + step].reset_index(drop=True)
            left = start % window
            octets = held[:, left * bits // 8 : (left + step) * bits // 8]
            codes = unpack(np.ascontiguousarray(octets), len(table), bits).T
            yield chunk_of_codes(table, codes, bits)
            progress(start + len(table), len(variants), "variants")

    return VariantStream(path, samples, packed.nbytes, chunks)


def held_length(people: int, bits: int, step: int) -> int:
    """How many variants of a store to hold at once: a multiple of `step`."""
    return step * max(1, _HELD_BYTES * 8 // (max(1, people) * step * bits))


def chunk_of_codes(table: pd.DataFrame, codes: np.ndarray, bits: int) -> VariantChunk:
    """v variants of uint8 [v, N] codes of 2 or 8 bits."""
    if bits == 2:
        return VariantChunk(table, codes, None)
    dosages = (codes / np.float32(127)).astype(np.float32)
    dosages[codes == MISSING_BYTE] = np.nan
    return VariantChunk(table, BYTE_CALLS[codes], dosages)


def vcf_sample_ids(samples: pd.DataFrame) -> list[str]:
    """IIDs, or FID_IID of everybody where two people have the same IID."""
    if not samples["IID"].duplicated().any():
        return samples["IID"].astype(str).tolist()
    return (samples["FID"].astype(str) + "_" + samples["IID"].astype(str)).tolist()


def _header(chromosomes: Sequence[str], ids: Sequence[str], dosages: bool) -> str:
    lines = ["##fileformat=VCFv4.3", "##source=gxjax"]
    lines += [f"##contig=<ID={name}>" for name in chromosomes]
    lines += ['##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    if dosages:
        what = "Copies of ALT, estimated"
        lines += [f'##FORMAT=<ID=DS,Number=A,Type=Float,Description="{what}">']
    fields = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    return "\n".join([*lines, "\t".join([*fields, *ids])]) + "\n"


@contextmanager
def _writer(path: Path, header: str) -> Iterator[Callable[[bytes], object]]:
    """What writes a line, without its newline, behind the header."""
    if path.name.endswith(".vcf"):
        with replacing(path) as temporary, temporary.open("wb") as file:
            file.write(header.encode())
            yield lambda line: file.write(line + b"\n")
        return
    if not path.name.endswith(".vcf.gz"):
        raise ValueError(f"{path}: expected a name that ends in .vcf or .vcf.gz")
    cyvcf2 = load_library("cyvcf2", "vcf", str(path))
    with replacing(path) as temporary:
        writer = cyvcf2.Writer.from_string(str(temporary), header, mode="wz")
        try:
            yield lambda line: writer.write_record(
                writer.variant_from_string(line.decode())
            )
        finally:
            writer.close()


def _lines(path: Path, chunk: VariantChunk, males: np.ndarray) -> Iterator[bytes]:
    variants = chunk.variants
    _check_variants(path, variants)
    names = normalise_chromosome(variants["CHROM"]).to_numpy()
    table, form = (_CALLS, b"GT") if chunk.dosages is None else (_DOSAGES, b"GT:DS")
    for row, fields in enumerate(variants.itertuples(index=False)):
        single = np.full(males.shape, names[row] in ("Y", "MT"))
        if names[row] == "X":
            single = males
        places = chunk.codes[row].astype(np.intp) + 4 * single
        if chunk.dosages is not None:
            places += 8 * _bytes(chunk.dosages[row]).astype(np.intp)
        ref = "N" if fields.A2 in _UNKNOWN else fields.A2
        alt = "." if fields.A1 in _UNKNOWN else fields.A1
        columns = [fields.CHROM, fields.POS, fields.ID, ref, alt, ".", ".", ".", ""]
        head = "\t".join(map(str, columns))
        yield head.encode() + form + b"\t" + b"\t".join(table[places])


def _bytes(dosages: np.ndarray) -> np.ndarray:
    missing = np.isnan(dosages)
    rounded = np.rint(127 * np.where(missing, 0, dosages)).astype(np.uint8)
    return np.where(missing, MISSING_BYTE, rounded)


def _check_variants(path: Path, variants: pd.DataFrame) -> None:
    for column in ("A1", "A2"):
        text = variants[column].astype(str)
        wrong = ~(text.str.fullmatch(_ALLELE) | text.isin(_UNKNOWN))
        if wrong.any():
            row = variants[wrong].iloc[0]
            raise ValueError(
                f"{path}: variant {row['ID']} has the allele {row[column]!r}; expected "
                "letters of ACGTN, which alone a VCF can hold. Write a .bed instead"
            )
    wrong = (variants["POS"] < 0) | variants["CHROM"].str.contains("[<>:]")
    if wrong.any():
        row = variants[wrong].iloc[0]
        raise ValueError(
            f"{path}: variant {row['ID']} lies at {row['CHROM']}:{row['POS']}, which "
            "no VCF can hold. Write a .bed instead"
        )


def _call_table() -> np.ndarray:
    """Text [8]: of a code, and behind them of the code of one copy."""
    return np.array([*_DIPLOID, *_HAPLOID], object)


def _dosage_table() -> np.ndarray:
    """Text [2048] with DS: by 8-bit dosage, whether of one copy, and code."""
    table = []
    for byte in range(256):
        for copies, calls in ((2, _DIPLOID), (1, _HAPLOID)):
            for call in calls:
                share = 2 if b"/" in call else copies
                # So many digits that an import makes the same byte of it.
                known = f"{byte / 127 * share / 2:.6g}".encode()
                text = b"." if byte == MISSING_BYTE else known
                table.append(call + b":" + text)
    return np.array(table, object)


_CALLS, _DOSAGES = _call_table(), _dosage_table()
