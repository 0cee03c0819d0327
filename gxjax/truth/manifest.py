"""The table of spike-ins, as `spikein.tsv` has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gxjax.truth.latent import Draft
from gxjax.types import KINDS, Truth

__all__ = ["CHROMOSOME", "MANIFEST_COLUMNS", "manifest_of"]

CHROMOSOME = "26"
"""The published benchmark's synthetic chromosome.

PLINK 1 reads 26 as MT, and cattle have a 26: `Arm.mapped` keeps the two apart.
"""

MANIFEST_COLUMNS = (
    "#CHROM",
    "POS",
    "ID",
    "A1",
    "A2",
    "effect",
    "partner",
    "target",
    "achieved",
    "latent_rho",
    "maf_target",
    "maf",
    "n0",
    "n1",
    "n2",
    "guards_met",
)


def manifest_of(
    codes: np.ndarray, truth: Truth, drafts: Sequence[Draft]
) -> pd.DataFrame:
    """One row per spike-in, with ids `SYN_ADD_001` ... `SYN_EPI_001_A`.

    Args:
      codes: uint8 [N, T], dosage.
      truth: `Truth` of the T columns, partners within the block.
      drafts: T drafts.

    Returns:
      Table with `MANIFEST_COLUMNS`: `partner` is an id or "."; `latent_rho` is NaN for
      epistatic; `maf` is observed; `n0 n1 n2` are people by dosage of A1.
    """
    ids = _ids(truth.kind)
    counts = np.array(
        [np.bincount(column, minlength=3) for column in codes.T], np.int64
    ).reshape(-1, 3)
    return pd.DataFrame(
        {
            "#CHROM": CHROMOSOME,
            "POS": np.arange(1, len(ids) + 1, dtype=np.int64),
            "ID": ids,
            "A1": "A",
            "A2": "C",
            "effect": [KINDS[kind] for kind in truth.kind],
            "partner": [ids[other] if other >= 0 else "." for other in truth.partner],
            "target": [draft.target for draft in drafts],
            "achieved": [draft.achieved for draft in drafts],
            "latent_rho": [draft.latent_rho for draft in drafts],
            "maf_target": [draft.maf_target for draft in drafts],
            "maf": (counts[:, 1] + 2 * counts[:, 2]) / (2 * len(codes)),
            "n0": counts[:, 0],
            "n1": counts[:, 1],
            "n2": counts[:, 2],
            "guards_met": [draft.violation <= 1 for draft in drafts],
        },
        columns=list(MANIFEST_COLUMNS),
    )


def _ids(kinds: np.ndarray) -> list[str]:
    seen = dict.fromkeys(range(len(KINDS)), 0)
    ids = []
    for kind in kinds.tolist():
        index, name = seen[kind], KINDS[kind]
        seen[kind] += 1
        if name == "epistatic":
            ids.append(f"SYN_EPI_{index // 2 + 1:03d}_{'AB'[index % 2]}")
        else:
            ids.append(f"SYN_{name[:3].upper()}_{index + 1:03d}")
    return ids
