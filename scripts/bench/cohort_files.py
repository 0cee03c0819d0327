"""A cohort on disk for the benchmarks, of any size: a fileset, traits, covariates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from gxjax.genotypes import write_bim, write_fam

__all__ = ["make_cohort"]

_DISTINCT = 20_000


def make_cohort(folder: Path, people: int, variants: int, missing: float) -> None:
    """Unlinked variants of MAF 0.01 to 0.5, two traits, ten covariates, as `x.*`.

    Beyond 20,000 variants the genotypes come again: drawing them would take longer than
    any measurement.
    """
    random = np.random.default_rng(0)
    ids = [f"p{number}" for number in range(people)]
    table = pd.DataFrame({"FID": ids, "IID": ids, "PAT": "0", "MAT": "0", "SEX": 1})
    write_fam(table, folder / "x.fam")
    names = [f"rs{number}" for number in range(variants)]
    place = {"CHROM": "1", "POS": np.arange(1, variants + 1), "ID": names}
    alleles = {"A1": "A", "A2": "G", "CM": 0.0}
    write_bim(pd.DataFrame(place | alleles), folder / "x.bim")
    distinct = min(variants, max(1, min(_DISTINCT, 20 * 10**7 // people)))
    plink, shifts = np.array([3, 2, 0, 1], np.uint8), np.array([0, 2, 4, 6], np.uint8)
    with (folder / "x.bed").open("w+b") as bed:
        bed.write(b"\x6c\x1b\x01")
        for frequency in random.uniform(0.01, 0.5, distinct):
            codes = random.binomial(2, frequency, people)
            codes[random.random(people) < missing] = 3
            quads = plink[codes].reshape(-1, 4) << shifts[None, :]
            bed.write(quads.sum(axis=1, dtype=np.uint8).tobytes())
        bed.seek(3)
        drawn, left = bed.read(), variants - distinct
        while left > 0:
            bed.write(drawn[: left * people // 4])
            left -= distinct
    values = random.normal(size=(people, 10))
    height = 0.3 * values.sum(axis=1) + random.normal(size=people)
    sick = 1 + (height + random.logistic(size=people) > 1)
    keys = pd.DataFrame({"#FID": ids, "IID": ids})
    keys.assign(height=height, sick=sick).to_csv(
        folder / "x.pheno", sep="\t", index=False
    )
    columns = {f"c{number}": values[:, number] for number in range(10)}
    keys.assign(**columns).to_csv(folder / "x.covar", sep="\t", index=False)
