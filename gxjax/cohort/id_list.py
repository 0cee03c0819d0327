"""Lists of people and of variants, as `--keep` and `--extract` take them."""

from __future__ import annotations

from pathlib import Path

from gxjax.cohort.person_file import read_ids, read_person_file

__all__ = ["read_id_list", "read_variant_list"]


def read_id_list(path: str | Path) -> list[tuple[str | None, str]]:
    """People of a `--keep` file.

    Args:
      path: lines of FID and IID, or of IID alone, with or without a header (`#FID IID`,
        `#IID`); further columns are ignored.

    Returns:
      (FID, IID) per line, FID None where the file has IIDs alone.

    Raises:
      FileNotFoundError: no such file.
      ValueError: the file holds nobody or is not a table.
    """
    table = read_person_file(path)
    if read_ids(table) == ["IID"]:
        return [(None, iid) for iid in table["IID"]]
    return list(zip(table["FID"], table["IID"], strict=True))


def read_variant_list(path: str | Path) -> set[str]:
    """Variant ids of an `--extract` file.

    Args:
      path: ids separated by whitespace, in practice one a line.

    Returns:
      The set of ids.

    Raises:
      FileNotFoundError: no such file.
      ValueError: the file holds no id, or no text.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        ids = set(path.read_text(encoding="utf-8-sig").split())
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not UTF-8 text ({error})") from error
    if not ids:
        raise ValueError(f"{path}: the file is empty; expected a variant id per line")
    return ids
