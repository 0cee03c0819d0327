"""Reads damaged files of genotypes, in a process of its own: libraries may crash.

usage: python mutated_formats.py FORMAT PATH TO_DAMAGE FIRST COUNT

What is damaged is a file, or the files of a folder in turn. Prints the number of each
damage before it is read, then what was wrong, if anything.
"""

import faulthandler
import resource
import signal
import sys
import warnings
from pathlib import Path

import numpy as np
from mutations import CHANGES

from gxjax.genotypes.formats import open_bgen, open_pgen, open_vcf, open_vcf_zarr
from gxjax.types import silent

OPEN = {"pgen": open_pgen, "bgen": open_bgen, "vcf": open_vcf, "vcz": open_vcf_zarr}
SECONDS, BYTES = 60, 6 << 30


def damaged(octets, number):
    """The octets after one to three changes, which the number decides."""
    draw = np.random.default_rng(number)
    for _ in range(draw.integers(1, 4)):
        if octets:
            change = CHANGES[draw.integers(len(CHANGES))]
            places = (int(place) for place in draw.integers(0, len(octets), 2))
            octets = change(octets, *places, int(draw.integers(256)))
    return octets


def wrong(kind, path, name):
    """What is wrong with how a damaged file is read; None if nothing."""
    try:
        stream = OPEN[kind](path)
        for chunk in stream.chunks(silent):
            shape = (len(chunk.variants), len(stream.samples))
            if chunk.codes.shape != shape or chunk.codes.max(initial=0) > 3:
                return f"codes {chunk.codes.shape} for {shape}"
            if chunk.dosages is not None:
                if chunk.dosages.shape != shape:
                    return f"dosages {chunk.dosages.shape} for {shape}"
                called = chunk.dosages[~np.isnan(chunk.dosages)]
                if not ((called >= 0) & (called <= 2)).all():
                    return f"dosages {called.min()} to {called.max()}"
    except (ValueError, OSError) as error:
        return None if name in str(error) else f"unnamed: {error!r}"
    except Exception as error:
        return f"not ours: {error!r}"
    return None


def main(kind, path, target, first, count):
    faulthandler.enable()
    warnings.simplefilter("error")
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    within = sorted(each for each in target.rglob("*") if each.is_file())
    files = within if target.is_dir() else [target]
    for number in range(first, first + count):
        file = files[number % len(files)]
        octets = file.read_bytes()
        print(number, end=" ", flush=True)
        file.write_bytes(damaged(octets, number))
        signal.alarm(SECONDS)
        found = wrong(kind, path, path.name.split(".")[0])
        signal.alarm(0)
        print(found or "", flush=True)
        file.write_bytes(octets)


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[0], Path(words[1]), Path(words[2]), int(words[3]), int(words[4]))
