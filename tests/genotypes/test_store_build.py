"""A store built from `.bed` files: the same genotypes, whatever happens on the way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gxjax.genotypes import (
    build_store,
    open_bed_source,
    open_store,
    pack,
    read_plink,
    select_variants,
    store_build,
    store_layout,
    transpose,
    write_plink,
    write_store,
)
from gxjax.types import Genotypes

SHARD = 16, 64
"""Rows and bytes of a shard in these tests, so that small cohorts have many."""


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(store_layout, "_SHARD_ROWS", SHARD[0])
    monkeypatch.setattr(store_layout, "_SHARD_BYTES", SHARD[1])


def make(people, count, seed=0, chromosome="1"):
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (people, count), dtype=np.uint8)
    names = [f"{number:04d}" for number in range(people)]
    variants = pd.DataFrame(
        {
            "CHROM": chromosome,
            "POS": np.arange(100, 100 + count),
            "ID": [f"rs{chromosome}_{number}" for number in range(count)],
            "A1": "A",
            "A2": "G",
            "CM": 0.0,
        }
    )
    sex = np.full(people, 1, np.int8)
    parents = {"PAT": "0", "MAT": "0", "SEX": sex}
    return Genotypes(
        pack(codes), variants, pd.DataFrame({"FID": names, "IID": names, **parents})
    )


def assert_same(found, expected):
    np.testing.assert_array_equal(np.asarray(found.packed), expected.packed)
    pd.testing.assert_frame_equal(found.variants, expected.variants)
    pd.testing.assert_frame_equal(found.samples, expected.samples)


def files(folder):
    """Everything in a folder, hidden files and locks too."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.fixture
def prefix(tmp_path):
    write_plink(make(50, 1001), tmp_path / "cohort")
    return tmp_path / "cohort"


def masks(total):
    return arrays.arrays(bool, total).filter(np.any)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 70), st.integers(1, 600), st.data())
def test_build_store__keeps_what_is_asked_for(tmp_path_factory, people, count, data):
    folder = tmp_path_factory.mktemp("build")
    whole = make(people, count, seed=people)
    write_plink(whole, folder / "x")
    rows, columns = data.draw(masks(people)), np.flatnonzero(data.draw(masks(count)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transpose, "_TILE_BYTES", 8)
        patch.setattr("gxjax.genotypes.transpose_part._STRIP", 64)
        found = build_store(folder / "x", folder / "s", people=rows, variants=columns)
    expected = Genotypes(
        select_variants(whole.packed, count, columns)[rows],
        whole.variants.iloc[columns].reset_index(drop=True),
        whole.samples[rows].reset_index(drop=True),
    )
    assert_same(found, expected)


def test_build_store__equals_read_plink(prefix, tmp_path):
    found = build_store(prefix, tmp_path / "s.zarr")
    assert_same(found, read_plink(prefix))
    assert found.packed.layout.grid == (4, 4)


def test_build_store__joins_filesets(tmp_path):
    for number, count in (("1", 301), ("2", 5), ("X", 130)):
        write_plink(make(21, count, count, number), tmp_path / f"chr{number}")
    expected = read_plink(f"{tmp_path}/chr@")
    assert_same(build_store(f"{tmp_path}/chr@", tmp_path / "a.zarr"), expected)
    listed = [tmp_path / f"chr{name}.bed" for name in ("1", "2", "X")]
    assert_same(build_store(listed, tmp_path / "b.zarr"), expected)
    variants = np.array([0, 300, 302, 306, 435])
    found = build_store(f"{tmp_path}/chr@", tmp_path / "c.zarr", variants=variants)
    picked = select_variants(expected.packed, 436, variants)
    np.testing.assert_array_equal(found.packed[:], picked)
    assert found.variants["CHROM"].tolist() == ["1", "1", "2", "X", "X"]


def test_build_store__writes_the_same_whatever_the_memory(prefix, tmp_path):
    calls = []
    build_store(prefix, tmp_path / "a")
    shard = SHARD[0] * SHARD[1]
    build_store(
        prefix,
        tmp_path / "b",
        max_memory=11 * shard,
        progress=lambda *c: calls.append(c),
    )
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert [done[:2] for done in calls] == [(done, 16) for done in range(17)]
    with pytest.raises(ValueError, match=f"max_memory: .* needs {11 * shard} at least"):
        build_store(prefix, tmp_path / "c", max_memory=11 * shard - 1)
    assert not (tmp_path / "c").exists()


def test_build_store__goes_on_after_an_error(prefix, tmp_path, monkeypatch):
    def failing(*arguments):
        raise OSError("disk on fire")

    with monkeypatch.context() as patch:
        patch.setattr(store_build, "transpose_part", failing)
        with pytest.raises(OSError, match="on fire"):
            build_store(prefix, tmp_path / "s")
    assert_same(build_store(prefix, tmp_path / "s"), read_plink(prefix))


def test_build_store__names_the_place_that_takes_no_files(prefix, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file/s"):
        build_store(prefix, tmp_path / "file/s")


def test_build_store__called_again_only_opens(prefix, tmp_path):
    build_store(prefix, tmp_path / "s")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "s").rglob("*")}
    calls = []
    again = build_store(prefix, tmp_path / "s", progress=lambda *c: calls.append(c))
    assert_same(again, read_plink(prefix))
    assert calls == [(16, 16, "building the store")]
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "s").rglob("*")}


def test_build_store__refuses_the_path_of_another(prefix, tmp_path):
    path = tmp_path / "s"
    before = build_store(prefix, path).packed[:]
    everyone = np.arange(49)
    with pytest.raises(FileExistsError, match=r"s: .*other people\)"):
        build_store(prefix, path, people=everyone)
    with pytest.raises(FileExistsError, match=r"other variants\)"):
        build_store(prefix, path, variants=np.arange(1000))
    write_plink(make(50, 1001, seed=1), prefix)
    with pytest.raises(FileExistsError, match=r"other bed\)"):
        build_store(prefix, path)
    np.testing.assert_array_equal(open_store(path)[:], before)
    write_store(before, tmp_path / "t")
    with pytest.raises(FileExistsError, match="another source"):
        build_store(prefix, tmp_path / "t")


def test_build_store__replaces_another_if_told_and_never_its_own(prefix, tmp_path):
    build_store(prefix, tmp_path / "s")
    some = {"people": np.arange(49), "replace": True}
    build_store(prefix, tmp_path / "s", **some)
    build_store(prefix, tmp_path / "fresh", people=np.arange(49))
    assert files(tmp_path / "s") == files(tmp_path / "fresh")
    calls = []
    build_store(prefix, tmp_path / "s", progress=lambda *c: calls.append(c), **some)
    assert calls == [(16, 16, "building the store")]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("all of it")
    with pytest.raises(FileExistsError, match=r"holds thesis\.txt"):
        build_store(prefix, tmp_path / "mine", replace=True)


def test_build_store__selects_within_a_source(prefix, tmp_path):
    source = open_bed_source(prefix).select(np.arange(5, 50), np.arange(0, 1001, 2))
    found = build_store(source, tmp_path / "s", people=np.arange(45) % 2 == 0)
    rows, columns = np.arange(5, 50, 2), np.arange(0, 1001, 2)
    expected = select_variants(read_plink(prefix).packed, 1001, columns)[rows]
    np.testing.assert_array_equal(found.packed[:], expected)
    assert len(found.samples) == 23


@pytest.mark.parametrize("name", ["people", "variants"])
@pytest.mark.parametrize(
    "wrong",
    [
        np.array([1, 0]),
        np.array([0, 0]),
        np.array([-1]),
        np.array([5000]),
        np.array([]),
        np.zeros(49, bool),
        np.array([0.5]),
    ],
)
def test_build_store__raises_on_a_wrong_selection(prefix, tmp_path, name, wrong):
    with pytest.raises(ValueError, match=f"{name}: "):
        build_store(prefix, tmp_path / "s", **{name: wrong})
    assert not (tmp_path / "s").exists()


def test_build_store__checks_the_filesets_first(prefix, tmp_path):
    with prefix.with_suffix(".bed").open("ab") as bed:
        bed.write(b"x")
    with pytest.raises(ValueError, match=r"cohort\.bed: "):
        build_store(prefix, tmp_path / "s")
    with pytest.raises(ValueError, match="empty list"):
        build_store([], tmp_path / "s")
    assert not (tmp_path / "s").exists()
