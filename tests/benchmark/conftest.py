"""Truths and neighbours in LD from a few words."""

import numpy as np
import pytest

from gxjax.types import KINDS, Neighbours, Truth


@pytest.fixture(scope="session")
def make_truth():
    """`(kinds, partner, typed) -> Truth`, kinds by name."""

    def make(kinds, partner=None, typed=None):
        none = np.full(len(kinds), np.nan, np.float32)
        kind = np.array([KINDS.index(name) for name in kinds], np.int8)
        partner = np.full(len(kinds), -1) if partner is None else np.array(partner)
        return Truth(kind, partner.astype(np.int32), none, none, typed)

    return make


@pytest.fixture(scope="session")
def make_neighbours():
    """`(V, {(i, j): r2}) -> Neighbours`, every pair given once."""

    def make(count, edges):
        both = [(i, j, r2) for (i, j), r2 in edges.items()]
        both = sorted(both + [(j, i, r2) for i, j, r2 in both])
        rows = np.array([edge[0] for edge in both], np.int64)
        return Neighbours(
            np.searchsorted(rows, np.arange(count + 1)),
            np.array([edge[1] for edge in both], np.int32),
            np.array([edge[2] for edge in both], np.float32),
        )

    return make
