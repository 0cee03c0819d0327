import numpy as np

from gxjax.linkage import relationship
from gxjax.linkage.relationship import Relationship


def test_relationship__equals_the_matrix(cohort, monkeypatch):
    monkeypatch.setattr(relationship, "_MOST", 16)
    source, codes = cohort(1, {"1": 50}, missing=0.05)
    rows = np.delete(np.arange(150), [3, 77])
    columns = np.array([2, 5, 6, *range(10, 49)])
    chosen = codes[np.ix_(rows, columns)]
    p = np.random.default_rng(0).uniform(0.1, 0.9, len(columns))
    dosage = np.where(chosen == 3, 2 * p[None, :], chosen)
    z = (dosage - 2 * p[None, :]) / np.sqrt(2 * p * (1 - p))[None, :]
    vectors = np.random.default_rng(1).normal(size=(148, 3))
    wanted = z @ (z.T @ vectors) / len(columns)
    said = []
    found = Relationship(source.select(rows, columns), p)(
        vectors, lambda *words: said.append(words[:2])
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert said == [(16, 42), (32, 42), (42, 42)]
