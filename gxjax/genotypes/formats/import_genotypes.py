"""Genotypes of any format as a PLINK 1 fileset, with 8-bit dosages where need be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Literal, NamedTuple

import numpy as np
import pandas as pd

from gxjax.genotypes.bed_checks import MAGIC
from gxjax.genotypes.formats.variant_stream import VariantChunk, VariantStream
from gxjax.genotypes.packed import MISSING_BYTE, byte_codes, pack, packed_width, unpack
from gxjax.genotypes.plink import check_same_people
from gxjax.genotypes.tables import write_bim, write_fam
from gxjax.replacing import replacing
from gxjax.types import Progress, silent

__all__ = ["Imported", "import_genotypes"]

# PLINK's code of each of ours, and back.
_TO_PLINK = np.array([3, 2, 0, 1], np.uint8)
_FROM_PLINK = np.array([2, 3, 1, 0], np.uint8)
_BYTES_PER_BLOCK = 1 << 22

# The powers -1 and -2 of the plastic number: steps that fill the unit square evenly.
_PERSON_STEP, _POSITION_STEP = 0.7548776662466927, 0.5698402909980532
# 127 times a whole dosage, or one of 8 bits, is as near a whole number in float32.
_EXACT = 1e-3


class Imported(NamedTuple):
    """What was written.

    Attributes:
      people: N.
      variants: V.
      uncertain: calls whose dosage is no hard call at 8 bits; 0 with `dosages="never"`,
        and then there is no `.dosages`.
    """

    people: int
    variants: int
    uncertain: int


def import_genotypes(
    streams: Sequence[VariantStream],
    prefix: str | Path,
    dosages: Literal["auto", "never"] = "auto",
    progress: Progress = silent,
) -> Imported:
    """Writes `prefix.bed`, `.bim`, `.fam`, and `prefix.dosages` where they say more.

    The fileset is what `plink2 --make-bed` would write of the same files: hard calls.
    `.dosages` is written if a dosage differs from its hard call by more than 8 bits
    show: uint8 [V, N], variant-major, without a header; 127 x dosage of A1, 255 where
    it is missing. The tables give its shape.

    127 x dosage becomes one of its two neighbours, by the fraction of a sequence over
    people and positions: neither a variant's mean over people nor a person's over
    variants is biased, as it is where all dosages of a variant round the same way. The
    same person (row) and position always round alike, whatever else is imported. What
    it can NOT keep: a single dosage nearer than 1/127; whole ones stay exact.

    A chunk of a file is in memory at a time, and the table of variants. The files get
    their names when all are whole, the `.bed` last.

    Args:
      streams: opened files of the same people; their variants follow each other.
      prefix: path without the extensions, in a folder that exists.
      dosages: "never" keeps hard calls only.
      progress: called with bytes done, bytes of all files.

    Raises:
      FileNotFoundError: the folder does not exist.
      ValueError: files are of other people, hold no variant or one whose alleles are
        the same, or as of their readers.

    References:
      Roberts, The unreasonable effectiveness of quasirandom sequences (2018),
      http://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences/
    """
    _check_people(streams)
    samples = streams[0].samples
    tables: list[pd.DataFrame] = []
    uncertain = 0
    with ExitStack() as stack:
        # Names are given in the opposite order: the .bed's last.
        bed, fam, bim = (
            stack.enter_context(replacing(f"{prefix}{ending}"))
            for ending in (".bed", ".fam", ".bim")
        )
        octets: IO[bytes] | None = None
        with bed.open("w+b") as file:
            file.write(MAGIC)
            for chunk in _chunks(streams, progress):
                file.write(pack(_TO_PLINK[chunk.codes]).tobytes())
                tables.append(chunk.variants)
                if dosages == "never":
                    continue
                eight = _eight_bits(chunk)
                differ = int((eight != byte_codes(chunk.codes)).sum())
                if differ and octets is None:
                    octets = stack.enter_context(_replacing_open(f"{prefix}.dosages"))
                    done = sum(map(len, tables[:-1]))
                    _backfill(file, len(samples), done, octets)
                if octets is not None:
                    octets.write(eight.tobytes())
                uncertain += differ
        variants = _joined(streams, tables)
        write_bim(variants, bim)
        write_fam(samples, fam)
        for ending in (".bed", ".dosages"):
            Path(f"{prefix}{ending}").unlink(missing_ok=True)
    return Imported(len(samples), len(variants), uncertain)


def _check_people(streams: Sequence[VariantStream]) -> None:
    if not streams:
        raise ValueError("streams: an empty list; expected an opened file at least")
    first = streams[0]
    for other in streams[1:]:
        check_same_people(first.path, first.samples, other.path, other.samples)


def _chunks(
    streams: Sequence[VariantStream], progress: Progress
) -> Iterator[VariantChunk]:
    total, before = sum(stream.size for stream in streams), 0
    for stream in streams:

        def within(done: int, of: int, note: str = "", size=stream.size, top=before):
            del note
            progress(top + int(size * done / max(1, of)), total, "")

        for chunk in stream.chunks(within):
            _check_text(stream.path, chunk.variants)
            yield chunk
        before += stream.size


def _check_text(path: Path, variants: pd.DataFrame) -> None:
    """Raises ValueError for what a `.bim` can not hold."""
    for column in ("CHROM", "ID", "A1", "A2"):
        wrong = ~variants[column].str.fullmatch(r"\S+").to_numpy(bool)
        if wrong.any():
            row = variants[wrong].iloc[0]
            raise ValueError(
                f"{path}: the variant at {row['CHROM']}:{row['POS']} has the {column} "
                f"{row[column]!r}; expected text without white space, and not empty"
            )
    same = (variants["A1"] == variants["A2"]) & ~variants["A1"].isin(["0", "."])
    if same.any():
        row = variants[same].iloc[0]
        raise ValueError(
            f"{path}: variant {row['ID']} at {row['CHROM']}:{row['POS']} has the "
            f"alleles {row['A2']} and {row['A1']}; expected two that differ. Correct "
            "the file, or leave the variant out"
        )


def _eight_bits(chunk: VariantChunk) -> np.ndarray:
    """uint8 [v, N]: the dosages as they are kept."""
    if chunk.dosages is None:
        return byte_codes(chunk.codes)
    eight = np.empty(chunk.codes.shape, np.uint8)
    # The fraction needs float64; what is made of it does not, at half the time.
    person = ((_PERSON_STEP * np.arange(chunk.codes.shape[1])) % 1).astype(np.float32)
    position = _POSITION_STEP * chunk.variants["POS"].to_numpy()
    for target, row, start in zip(eight, chunk.dosages, position, strict=True):
        dither = person + np.float32(start % 1)
        dither -= dither >= 1
        scaled = np.float32(127) * row
        kept = np.floor(scaled + dither)
        nearest = np.rint(scaled)
        np.copyto(kept, nearest, where=np.abs(scaled - nearest) < _EXACT)
        np.clip(kept, 0, 254, out=kept)
        kept[np.isnan(row)] = MISSING_BYTE
        target[:] = kept
    return eight


def _backfill(bed: IO[bytes], people: int, variants: int, octets: IO[bytes]) -> None:
    """Writes the dosages of the variants before the first with an uncertain call."""
    end, width = bed.tell(), packed_width(people)
    step = max(1, _BYTES_PER_BLOCK // width)
    for start in range(0, variants, step):
        count = min(step, variants - start)
        bed.seek(len(MAGIC) + start * width)
        rows = np.frombuffer(bed.read(count * width), np.uint8).reshape(count, width)
        octets.write(byte_codes(_FROM_PLINK[unpack(rows, people)]).tobytes())
    bed.seek(end)


@contextmanager
def _replacing_open(path: str) -> Iterator[IO[bytes]]:
    with replacing(path) as temporary, temporary.open("wb") as file:
        yield file


def _joined(
    streams: Sequence[VariantStream], tables: list[pd.DataFrame]
) -> pd.DataFrame:
    if not tables:
        raise ValueError(
            f"{streams[0].path}: no variants; expected one at least in the files read"
        )
    return pd.concat(tables, ignore_index=True)
