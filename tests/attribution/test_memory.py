import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gxjax.attribution import score
from gxjax.attribution.memory import MemoryPlan
from gxjax.attribution.people import map_people
from gxjax.types import DosageSource

COLUMNS = [("saliency", "none"), ("deeplift", "smoothgrad_squared")]


def _announced(case, key, **settings):
    heard = []
    found = score(*case, COLUMNS, key=key, announce=heard.append, **settings)
    return heard[0], found


def test_score__announces_its_memory_before_it_starts(case, key):
    heard = []
    score(
        *case, COLUMNS, key=key, announce=heard.append,
        progress=lambda *words: heard.append(words),
    )  # fmt: skip
    assert isinstance(heard[0], MemoryPlan)
    assert not any(isinstance(each, MemoryPlan) for each in heard[1:])


def test_memory_plan__counts_arrays_by_their_shapes(case, key):
    plan, _ = _announced(case, key, batch_size=8)
    members, variants, hidden = case.front.kernel.shape
    floats = members * (2 * hidden**2 + variants)
    assert plan.noise_law == 4 * floats
    assert plan.totals == 4 * 2 * members * 2 * variants
    assert plan.block == 4 * (2 * (8 * variants + 8 + 8) + variants)
    assert plan.networks > 4 * members * variants * hidden
    assert plan.temporaries > 4 * 8 * variants
    assert plan.total == sum(plan[:5])
    assert "people at a time" in str(plan)


def test_score__fits_its_limit_with_smaller_tiles_and_batches(case, key, make_front):
    front = make_front(variants=4000)
    genotypes = jax.random.randint(jax.random.key(1), (64, 4000), 0, 3)
    people = np.arange(64, dtype=np.int32)
    wide = case._replace(
        front=front,
        dosages=DosageSource(genotypes.astype(jnp.float32), case.dosages.fetch),
        people=people,
        person_ids=people.astype(np.uint32),
        baseline=np.ones((1, 4000), np.float32),
    )
    free, expected = _announced(wide, key, tiles=1)
    limit = int(0.5 * (free.total + sum(free[:3])))
    held, found = _announced(wide, key, tiles=1, max_memory=limit)
    assert held.total <= limit < free.total
    assert held.tiles > free.tiles
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match=r"max_memory: found 1000 bytes .* Allow more"):
        score(*wide, COLUMNS, key=key, max_memory=1000)


@pytest.mark.parametrize("room", [1, 400, 10**9])
def test_map_people__gives_the_same_in_chunks(room):
    people = jnp.arange(35.0).reshape(7, 5)
    scale = {"by": jnp.float32(2)}

    def one(shared, person):
        return {
            "sum": (shared["by"] * person).sum(),
            "outer": person[:, None] * person[None],
        }

    found = map_people(one, (scale,), (people,), room)
    np.testing.assert_array_equal(found["sum"], 2 * people.sum(1))
    np.testing.assert_array_equal(
        found["outer"], people[:, :, None] * people[:, None, :]
    )
