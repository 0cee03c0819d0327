"""PLINK 2 filesets: what is odd in them, and what is wrong."""

import numpy as np
import pytest

from gxjax.genotypes.formats import open_pgen, pgen


@pytest.fixture
def fileset2(plink2, mixed_prefix, tmp_path):
    plink2("--bfile", mixed_prefix, "--make-pgen", "--out", tmp_path / "y")
    return tmp_path / "y"


def test_open_pgen__chunks_follow_each_other(fileset2, only_chunk, monkeypatch):
    whole = only_chunk(open_pgen(fileset2))
    monkeypatch.setattr(pgen, "chunk_length", lambda people: 5)
    parts = list(open_pgen(f"{fileset2}.pgen").chunks(lambda *_: None))
    assert len(parts) == 7
    np.testing.assert_array_equal(
        np.vstack([part.codes for part in parts]), whole.codes
    )


def test_open_pgen__multiallelic_is_an_error_or_left_out(
    make_vcf, plink2, plink2_dosages, tmp_path, only_chunk
):
    path = make_vcf(
        [
            "1 5 v A C . . . GT 0/0 0/1 1|1 ./.",
            "1 6 w A C,G . . . GT 0/2 0/1 1/2 ./.",
            "1 7 x A G . . . GT 1/1 0/1 0/0 0/0",
        ]
    )
    plink2("--vcf", path, "--make-pgen", "--out", tmp_path / "y")
    with pytest.raises(ValueError, match=r"y.pvar: variant w \(2 of the .pvar\) has 3"):
        open_pgen(tmp_path / "y")
    calls, _ = plink2_dosages("--pfile", tmp_path / "y", "--max-alleles", 2)
    chunk = only_chunk(open_pgen(tmp_path / "y", max_alleles=2))
    np.testing.assert_array_equal(chunk.codes, calls)
    assert chunk.variants["ID"].tolist() == ["v", "x"]


@pytest.mark.parametrize("ending", ["pgen", "pvar", "psam"])
def test_open_pgen__raises_on_a_missing_file(fileset2, ending):
    fileset2.with_suffix(f".{ending}").unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"y.{ending}: no such file; a PLINK 2"
    ):
        open_pgen(fileset2)


@pytest.mark.parametrize("ending", ["pvar", "psam"])
def test_open_pgen__raises_where_a_table_has_a_row_too_few(fileset2, ending):
    table = fileset2.with_suffix(f".{ending}")
    table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")
    match = r"y.pgen: PgfiInit[^\\]*expected a PLINK 2 .pgen of the"
    with pytest.raises(ValueError, match=match) as caught:
        open_pgen(fileset2)
    assert "b'" not in str(caught.value)


def test_open_pgen__raises_on_a_cut_file(fileset2, only_chunk):
    path = fileset2.with_suffix(".pgen")
    whole = path.read_bytes()
    for size in (0, 3, 11, 60, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"y.pgen"):
            only_chunk(open_pgen(fileset2))
    path.write_bytes(b"\x6c\x1b\x01" + whole[3:])
    with pytest.raises(ValueError, match=r"y.pgen"):
        only_chunk(open_pgen(fileset2))
