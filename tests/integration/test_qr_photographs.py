"""Printed codes are read off photographs: at three pixels a module, nearly always; and never as another text."""

from random import Random

import pytest

from sanad_node.demo.photographs import Camera, photograph
from sanad_verifier.base45 import ALPHABET
from sanad_verifier.errors import InputError
from sanad_verifier.qr_image import read_image, symbol

pytestmark = [pytest.mark.slow]
PHOTOGRAPHS = 300
SHORTEST, LONGEST = 300, 1990


def text_of(seed: int) -> str:
    random = Random(seed)
    length = SHORTEST + (LONGEST - SHORTEST) * seed // (PHOTOGRAPHS - 1)
    return "SND1:" + "".join(random.choices(ALPHABET, k=length - 5))


def misread(seeds: range, pixels: float, camera: Camera | None = None) -> list[int]:
    """The seeds of the photographs that could not be read. What is read at all must be what was written."""
    lost = []
    for seed in seeds:
        text = text_of(seed)
        try:
            found = read_image(photograph(text, seed, pixels_per_module=pixels, camera=camera))
        except InputError:
            lost.append(seed)
        else:
            assert found == (text,), seed
    return lost


def test_the_codes_are_of_all_versions_up_to_thirty() -> None:
    versions = {symbol(text_of(seed)).version for seed in range(0, PHOTOGRAPHS, 10)}
    assert min(versions) < 12
    assert max(versions) == 30


def test_at_three_pixels_a_module_99_of_100_are_read() -> None:
    lost = misread(range(PHOTOGRAPHS), 3.0)
    assert len(lost) <= PHOTOGRAPHS // 100, lost


def test_a_worse_camera_reads_fewer() -> None:
    """The photographs are no clean pictures: with less to see, codes are lost."""
    seeds = range(0, PHOTOGRAPHS, 10)
    assert len(misread(seeds, 1.2)) > len(seeds) // 3
    assert len(misread(seeds, 3.0, Camera(severity=3.0))) > len(seeds) // 3
