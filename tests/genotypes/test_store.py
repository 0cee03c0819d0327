"""A store stands for the matrix in memory, and refuses what was damaged."""

import json
import shutil
import uuid
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gxjax.genotypes import count_codes, open_store, pack, store_layout, write_store
from gxjax.genotypes.store_files import kvstore_spec
from gxjax.genotypes.store_layout import layout_of_store


@pytest.fixture
def small(monkeypatch):
    """Shards of 8 x 64 bytes, so that a small matrix has many."""
    monkeypatch.setattr(store_layout, "_SHARD_ROWS", 8)
    monkeypatch.setattr(store_layout, "_SHARD_BYTES", 64)


@pytest.fixture
def packed():
    return np.random.default_rng(0).integers(0, 256, (37, 200), dtype=np.uint8)


@pytest.fixture
def store(small, packed, tmp_path):
    return write_store(packed, tmp_path / "s.zarr")


def in_memory():
    return f"memory://{uuid.uuid4()}"


matrices = arrays.arrays(
    np.uint8,
    st.tuples(st.integers(1, 70), st.integers(1, 50)),
    elements=st.integers(0, 3),
)


@settings(deadline=None, max_examples=40)
@given(matrices)
def test_write_store__round_trip_is_exact(codes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_layout, "_SHARD_ROWS", 16)
        path = in_memory()
        write_store(pack(codes), path)
        store = open_store(path)
    assert store.shape == pack(codes).shape
    np.testing.assert_array_equal(np.asarray(store), pack(codes))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_read__equals_indexing(data):
    packed = np.random.default_rng(1).integers(0, 256, (37, 200), dtype=np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_layout, "_SHARD_ROWS", 8)
        patch.setattr(store_layout, "_SHARD_BYTES", 64)
        store = write_store(packed, in_memory())
    rows = data.draw(
        st.one_of(
            st.slices(37),
            arrays.arrays(np.int32, st.integers(0, 60), elements=st.integers(-37, 36)),
            arrays.arrays(bool, 37),
        )
    )
    ends = st.none() | st.integers(-210, 210)
    columns = slice(data.draw(ends), data.draw(ends))
    found = store.read(rows, columns)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, packed[rows][:, columns])
    np.testing.assert_array_equal(store[rows, columns], found)


def test_store__serves_where_an_array_did(store, packed):
    assert (len(store), store.ndim, store.dtype) == (37, 2, np.uint8)
    assert (store.size, store.nbytes) == (7400, 7400)
    np.testing.assert_array_equal(jnp.asarray(store), packed)
    np.testing.assert_array_equal(np.asarray(store, np.int16), packed)
    np.testing.assert_array_equal(store[-1], packed[-1])
    np.testing.assert_array_equal(store[5, 3:9], packed[5, 3:9])
    people = np.array([3, 3, 30])
    for who in (None, people):
        expected = count_codes(packed, 800, who)
        np.testing.assert_array_equal(count_codes(store, 800, who), expected)


def test_write_store__copies_a_store(store, packed, tmp_path):
    copy = write_store(store, tmp_path / "copy.zarr")
    np.testing.assert_array_equal(copy[:], packed)
    with pytest.raises(ValueError, match="to copy is there"):
        write_store(store, f"{store.path}/")
    np.testing.assert_array_equal(open_store(store.path)[:], packed)


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        (np.array([37]), IndexError),
        (np.array([-38]), IndexError),
        (np.array([0.5]), IndexError),
        (np.ones(36, bool), IndexError),
        (np.zeros((2, 2), int), IndexError),
    ],
)
def test_read__raises_on_wrong_rows(store, rows, error):
    with pytest.raises(error, match="rows: "):
        store.read(rows)


def test_read__raises_on_steps_of_bytes(store):
    with pytest.raises(ValueError, match="step 2"):
        store.read(columns=slice(None, None, 2))
    with pytest.raises(TypeError, match="slice of bytes"):
        store[:, np.array([1, 2])]
    with pytest.raises(ValueError, match="copy=False"):
        np.asarray(store, copy=False)


def test_read__names_the_chunk_that_changed(store, packed):
    file = Path(store.path) / "c/2/1"
    octets = bytearray(file.read_bytes())
    octets[70] ^= 1
    file.write_bytes(octets)
    again = open_store(store.path)
    with pytest.raises(
        OSError, match=r"s\.zarr: .*shard entry \{0, 0\}.*s\.zarr/c/2/1"
    ):
        again.read()
    # Others are not touched: a host reads its own part only.
    np.testing.assert_array_equal(again[:16], packed[:16])
    np.testing.assert_array_equal(again[:, :64], packed[:, :64])


@pytest.mark.parametrize("keep", [0, 10, 300])
def test_read__names_the_shard_that_is_truncated(store, keep):
    file = Path(store.path) / "c/1/0"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(OSError, match="c/1/0"):
        open_store(store.path).read()


def test_read__names_the_shard_that_vanished(store):
    (Path(store.path) / "c/0/2").unlink()
    with pytest.raises(OSError, match=r"s\.zarr: .*c/0/2.* is missing"):
        store.read()


def test_open_store__names_the_shard_that_is_missing(store):
    (Path(store.path) / "c/0/2").unlink()
    with pytest.raises(FileNotFoundError, match=r"c/0/2: missing.*0 more of 20"):
        open_store(store.path)


def test_write_store__keeps_shards_of_zeros(small, tmp_path):
    store = write_store(np.zeros((20, 100), np.uint8), tmp_path / "zeros")
    assert not store.read().any()
    (tmp_path / "zeros/c/1/1").unlink()
    with pytest.raises(FileNotFoundError, match="c/1/1"):
        open_store(tmp_path / "zeros")


@pytest.mark.parametrize("name", ["zarr.json", "gxjax.json"])
@pytest.mark.parametrize("keep", [0, 40])
def test_open_store__raises_on_truncated_metadata(store, name, keep):
    file = Path(store.path) / name
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(ValueError, match=rf"s\.zarr/{name}: .*damaged"):
        open_store(store.path)


def test_open_store__raises_on_metadata_of_another_store(store):
    file = Path(store.path) / "zarr.json"
    fields = json.loads(file.read_text())
    file.write_text(json.dumps(fields | {"shape": [37, 199]}))
    with pytest.raises(ValueError, match=r"zarr\.json: .*not of this store"):
        open_store(store.path)
    file.unlink()
    with pytest.raises(ValueError, match=r"zarr\.json: missing"):
        open_store(store.path)


def test_open_store__raises_on_an_unfinished_store(store):
    file = Path(store.path) / "gxjax.json"
    fields = json.loads(file.read_text())
    file.write_text(json.dumps(fields | {"done": 7}))
    with pytest.raises(ValueError, match=r"unfinished, 7 of 20 shards.*goes on"):
        open_store(store.path)


def test_open_store__raises_where_no_store_is(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no gxjax\.json"):
        open_store(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_write_store__replaces_a_store_and_nothing_else(store, tmp_path):
    again = write_store(np.ones((2, 3), np.uint8), store.path)
    assert again.read().tolist() == [[1, 1, 1], [1, 1, 1]]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").touch()
    with pytest.raises(FileExistsError, match=r"thesis\.tex"):
        write_store(np.ones((2, 3), np.uint8), tmp_path / "mine")
    assert (tmp_path / "mine/thesis.tex").exists()


def test_write_store__raises_on_an_empty_matrix(tmp_path):
    with pytest.raises(ValueError, match="expected some"):
        write_store(np.ones((0, 3), np.uint8), tmp_path / "empty")


def test_open_store__reads_a_store_that_moved(store, packed, tmp_path):
    shutil.move(store.path, tmp_path / "elsewhere")
    np.testing.assert_array_equal(open_store(tmp_path / "elsewhere")[:], packed)


def test_kvstore_spec__of_each_kind_of_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    local = {"driver": "file", "path": f"{tmp_path}/a b/s.zarr/"}
    assert kvstore_spec("a b/s.zarr") == kvstore_spec(Path("a b/s.zarr/")) == local
    assert kvstore_spec("x/../a b/s.zarr") == local
    gcs = {"driver": "gcs", "bucket": "cohort", "path": "a/s.zarr/"}
    assert kvstore_spec("gs://cohort/a/s.zarr") == gcs
    assert kvstore_spec("s3://cohort/a/s.zarr/") == gcs | {"driver": "s3"}


def test_kvstore_spec__raises_on_what_is_no_place():
    with pytest.raises(ValueError, match=r"scheme 'ftp'.*gs://, s3://"):
        kvstore_spec("ftp://host/a")
    with pytest.raises(ValueError, match="URL as str"):
        kvstore_spec(Path("gs://cohort/a"))


def test_layout_of_store__wastes_little():
    for people, octets in [(1, 1), (1030, 8200), (300_000, 125_000), (4097, 65)]:
        layout = layout_of_store(people, octets)
        (down, across), (rows, width) = layout.grid, layout.shard
        assert rows % layout.chunk[0] == 0
        assert width == layout.chunk[1]
        assert people <= down * rows < people + 4 * down
        assert octets <= across * width < octets + 64 * across
