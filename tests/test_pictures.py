"""The pictures of the documentation: each belongs to the description that the browser tests compare."""

from pathlib import Path

import pytest

from .browser.pictures import CONTENTS, PICTURES, hash_picture

MAX_SIZE = 200_000  # bytes
MAX_TOTAL_SIZE = 1_500_000
FILES = sorted(PICTURES.glob("*.png"))


@pytest.mark.parametrize("picture", FILES, ids=lambda picture: picture.stem)
def test_picture_is_the_one_that_was_described(picture: Path) -> None:
    content = CONTENTS / f"{picture.stem}.txt"
    assert content.read_text(encoding="utf-8").partition("\n")[0] == hash_picture(picture)
    assert picture.stat().st_size <= MAX_SIZE


def test_pictures_are_few_and_described() -> None:
    assert {picture.stem for picture in FILES} == {content.stem for content in CONTENTS.glob("*.txt")}
    assert sum(picture.stat().st_size for picture in FILES) <= MAX_TOTAL_SIZE
