""".pvar and .psam with and without headers, comments, columns and compression."""

import gzip

import pytest

from gxjax.genotypes.formats.plink2_tables import read_psam, read_pvar

PVAR = "##x=<a b>\n##y\n#CHROM POS ID REF ALT QUAL INFO CM\n1 5 v A C . PR 0.5\nX 6 . AT G,T . . 1\n"  # noqa: E501
PSAM = "#FID IID SEX height\nf 1 1 170\nf 2 F 160\nf 3 NA 150\n"


@pytest.fixture
def written(tmp_path):
    def write(text, pack=str.encode, tabs=True):
        raw = text.replace(" ", "\t") if tabs else text
        (tmp_path / "x").write_bytes(pack(raw))
        return tmp_path / "x"

    return write


def gzipped(text):
    return gzip.compress(text.encode())


def zstd(text):
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as file:
        file.write(text.encode())
    return sink.getvalue().to_pybytes()


def windows(text):
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("pack", [str.encode, gzipped, zstd, windows])
@pytest.mark.parametrize("tabs", [True, False])
def test_read_pvar(written, pack, tabs):
    table = read_pvar(written(PVAR, pack, tabs))
    assert table.to_numpy().tolist() == [
        ["1", 5, "v", "C", "A", 0.5],
        ["X", 6, ".", "G,T", "AT", 1.0],
    ]


@pytest.mark.parametrize("pack", [str.encode, gzipped, windows])
def test_read_psam(written, pack):
    table = read_psam(written(PSAM, pack))
    assert table.to_numpy().tolist() == [
        ["f", "1", "0", "0", 1],
        ["f", "2", "0", "0", 2],
        ["f", "3", "0", "0", 0],
    ]


def test_read_psam__without_fid_and_with_parents(written):
    table = read_psam(written("##c\n#IID SID PAT MAT\na 1 p m\n01 1 0 0\n"))
    assert table.to_numpy().tolist() == [
        ["0", "a", "p", "m", 0],
        ["0", "01", "0", "0", 0],
    ]


def test_read__without_a_header_as_bim_and_fam(written):
    assert read_pvar(written("1 v 0 5 C A\n"))["A1"].tolist() == ["C"]
    assert read_psam(written("f a 0 0 2 -9\n"))["SEX"].tolist() == [2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#CHROM POS ID REF\n1 5 v A\n", "no column ALT in the header"),
        ("#CHROM POS ID REF ALT\n", "no variants below the header"),
        ("#CHROM POS ID REF ALT\n1 5 v A C\n1 x w A C\n", "line 3: POS is 'x'"),
        ("#CHROM POS ID REF ALT\n1 5 v A\n", "line 2: 4 fields; expected 5"),
        ("#CHROM POS ID REF ALT\n1 5 v A C\n\n1 5 v A C D\n", "line 4"),
        ("#CHROM POS ID REF ALT\n1 5 v A C more\n", "line 2: 6 fields; expected 5"),
        (
            "#CHROM POS ID REF ALT\n1 5 v A C\n1 5 v A C D\n",
            "line 3: 6 fields; expected 5",
        ),
        ("##only\n", "no lines but comments"),
    ],
)
def test_read_pvar__raises_on_wrong_lines(written, text, message):
    path = written(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_pvar(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#FID SEX\nf 1\n", "no column IID"),
        ("#IID SEX\n", "nobody below the header"),
        ("#IID SEX\na 1\nb\n", "line 3: 1 fields; expected 2"),
    ],
)
def test_read_psam__raises_on_wrong_lines(written, text, message):
    with pytest.raises(ValueError, match=message):
        read_psam(written(text))


def test_read__raises_on_what_is_no_text(written, tmp_path):
    for pack in (gzipped, zstd):
        path = written(PVAR * 50, pack)
        path.write_bytes(path.read_bytes()[:-9])
        with pytest.raises(ValueError, match=r"cut short|expected"):
            read_pvar(path)
    for read in (read_pvar, read_psam):
        with pytest.raises(
            ValueError, match=r"x: found UTF-16 text.*in UTF-8 or Latin"
        ):
            read(written(PSAM, lambda text: text.encode("utf-16")))
    with pytest.raises(FileNotFoundError, match="none"):
        read_pvar(tmp_path / "none")


def latin(text):
    return text.encode("latin-1")


def gzipped_latin(text):
    return gzip.compress(latin(text))


@pytest.mark.parametrize("pack", [latin, gzipped_latin, str.encode])
@pytest.mark.parametrize("tabs", [True, False])
def test_read__latin_1_as_every_other_table(written, pack, tabs):
    """A no-break space is part of an id, in either encoding."""
    psam = PSAM.replace("f 2", "f\u00fc M\u00a0r")
    assert read_psam(written(psam, pack, tabs))["IID"].tolist() == [
        "1",
        "M\u00a0r",
        "3",
    ]
    pvar = PVAR.replace(" v ", " v\u00e9\u00a0 ") + "2 7 w C T . . 1\n" * 9999
    assert read_pvar(written(pvar, pack, tabs))["ID"].tolist()[:2] == [
        "v\u00e9\u00a0",
        ".",
    ]
    bare = "f M\u00fc 0 0 2 -9\n"
    assert read_psam(written(bare, pack, tabs))["IID"].tolist() == ["M\u00fc"]
