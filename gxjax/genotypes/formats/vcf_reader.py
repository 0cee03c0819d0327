"""cyvcf2's reader of a VCF or BCF, opened with clear words for what is none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["check_end", "open_reader"]

_BGZF = b"\x1f\x8b\x08\x04"
# The empty block that ends every file of bgzip, by the SAM specification.
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def open_reader(path: Path, library: Any) -> tuple[Any, int]:
    """The reader, and a handle of the file that it reads, whose position it moves.

    Args:
      path: the file.
      library: cyvcf2.

    Raises:
      ValueError: it is no VCF or BCF, or its header is damaged.
    """
    if not path.stat().st_size:
        raise ValueError(f"{path}: the file is empty; expected a VCF or BCF")
    handle = os.open(path, os.O_RDONLY)
    try:
        reader = library.VCF(os.dup(handle))
        return reader, handle
    # cyvcf2 raises the bare class.
    except Exception as error:
        os.close(handle)
        what = " ".join(str(error).split())
        # It was given a number in place of a name, and says that number.
        if "is not valid bcf or vcf" in what:
            what = "no header of a VCF or BCF is found"
        elif "parse" in what and "header" in what:
            what += (
                " (a line of it is damaged, or an id comes twice in #CHROM: "
                "bcftools view -h says more)"
            )
        raise ValueError(f"{path}: {what}; expected a VCF or BCF") from error


def check_end(path: Path) -> None:
    """Raises ValueError where a file of bgzip lacks its last block."""
    with path.open("rb") as file:
        if file.read(4) != _BGZF:
            return
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(_BGZF_END)))
        if file.read() != _BGZF_END:
            raise ValueError(
                f"{path}: cut short: the empty block is missing that ends a file of "
                "bgzip. Fetch or make it anew"
            )
