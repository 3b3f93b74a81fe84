"""The map: what is drawn lies where it should, what is not known is not drawn, and nothing makes it large."""

import json
import re
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sanad_api.pages.map import Drawing, Stop, draw, place
from sanad_api.pages.map.drawing import LEGS_AT_MOST, PLACES_AT_MOST, runs
from sanad_api.pages.map.geometry import Box, clip_line, clip_ring, ring_area
from sanad_api.pages.map.labels import LINE, width_of
from sanad_api.pages.map.outlines import Level, level_for, levels
from sanad_api.pages.map.projection import HEIGHT, HEIGHT_AT_LEAST, WIDTH, around
from sanad_node.places import known_places

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9])?")
PATH = re.compile(r"(?:[MLQ]-?[0-9.]+ -?[0-9.]+(?: -?[0-9.]+ -?[0-9.]+)?|Z)*")
BOX = Box(0.0, 0.0, 10.0, 10.0)
HOSTILE = ["", "pkkhi", "PKKH1", "PKKHI ", "PKKHI\n", "XXXXX", "<svg>", '"><script>']
HOSTILE += ["PK" * 5000, "\u202ePKKHI", "٣٣٣٣٣"]
some = st.floats(-30, 40, allow_nan=False)
points = st.tuples(some, some)


def _stops(*codes: str) -> list[Stop]:
    return [Stop(number, code) for number, code in enumerate(codes, start=1)]


def _size(drawing: Drawing) -> int:
    return len(drawing.land) + len(drawing.borders) + sum(len(leg.path) for leg in drawing.legs)


# -- geometry -----------------------------------------------------------------------------------------------------


def test_a_square_half_inside_a_box_is_cut_to_its_half() -> None:
    square = [(5.0, 2.0), (15.0, 2.0), (15.0, 4.0), (5.0, 4.0)]
    assert abs(ring_area(square)) == 20
    assert abs(ring_area(clip_ring(square, BOX))) == pytest.approx(10)


def test_a_line_that_leaves_a_box_and_comes_back_is_two_lines() -> None:
    parts = clip_line([(5.0, 5.0), (15.0, 5.0), (15.0, 6.0), (5.0, 6.0)], BOX)
    assert parts == [[(5.0, 5.0), (10.0, 5.0)], [(10.0, 6.0), (5.0, 6.0)]]


@given(st.lists(points, min_size=3, max_size=12))
def test_nothing_of_a_clipped_ring_is_outside(ring: list[tuple[float, float]]) -> None:
    assert all(-1e-9 <= x <= 10 + 1e-9 and -1e-9 <= y <= 10 + 1e-9 for x, y in clip_ring(ring, BOX))


@given(st.lists(points, min_size=2, max_size=12))
def test_nothing_of_a_clipped_line_is_outside_and_what_is_inside_stays(
    line: list[tuple[float, float]],
) -> None:
    parts = clip_line(line, BOX)
    assert all(-1e-9 <= x <= 10 + 1e-9 and -1e-9 <= y <= 10 + 1e-9 for part in parts for x, y in part)
    if all(0 <= x <= 10 and 0 <= y <= 10 for x, y in line) and all(a != b for a, b in pairwise(line)):
        assert parts == [line]


# -- projection ---------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(sorted(known_places())), min_size=1, max_size=8))
def test_every_place_lies_within_the_drawing_and_north_is_up(codes: list[str]) -> None:
    where = [known_places()[code] for code in codes]
    projection = around([(one.lon, one.lat) for one in where])
    for one in where:
        x, y = projection.point(one.lon, one.lat)
        assert -0.001 <= x <= WIDTH + 0.001
        assert -0.001 <= y <= HEIGHT + 0.001
    assert projection.point(50, 10)[1] > projection.point(50, 20)[1]
    assert projection.point(50, 10)[0] < projection.point(60, 10)[0]


def test_a_single_place_is_in_the_middle_of_a_view_that_is_not_too_near() -> None:
    projection = around([(67.0, 24.9)])
    assert projection.point(67.0, 24.9) == pytest.approx((WIDTH / 2, HEIGHT / 2))
    assert projection.view.north - projection.view.south == pytest.approx(HEIGHT_AT_LEAST)


def test_a_kilometre_is_as_long_across_as_up_in_the_middle_of_a_view() -> None:
    projection = around([(67.0, 24.9)])
    assert projection.across / projection.up == pytest.approx(0.907, abs=0.001)  # the cosine of 24.9 degrees


def test_a_view_of_the_region_takes_the_fine_outlines_and_one_of_the_world_the_coarse() -> None:
    assert level_for(around([(67.0, 24.9)]).view) is levels()[0]
    assert level_for(around([(-118.0, 33.7), (151.0, -33.9)]).view) is levels()[1]


# -- places and outlines ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", HOSTILE)
def test_what_is_no_known_code_is_no_place_and_not_on_the_map(code: str) -> None:
    assert place("PKKHI") is not None
    assert place(code) is None
    drawing = draw(_stops("PKKHI", code))
    assert [stop.code for stop in drawing.elsewhere] == [code]
    assert len(drawing.marks) == 1
    assert draw(_stops(code)).empty


def test_every_place_of_the_samples_is_known() -> None:
    told = json.loads(files("sanad_node.samples").joinpath("consignments.json").read_text("utf-8"))
    codes = {step["place"] for one in told for step in one["steps"] if "place" in step}
    assert codes
    assert all(place(code) for code in codes)


def test_every_place_has_a_name_in_both_languages_and_lies_on_the_globe() -> None:
    for code, one in known_places().items():
        assert re.fullmatch("[A-Z]{2}[A-Z2-9]{3}", code)
        assert one.name
        assert one.name.isascii()
        assert re.search("[\u0600-\u06ff]", one.name_ur)
        assert -60 < one.lat < 72
        assert -180 < one.lon < 180


@pytest.mark.parametrize("code", ["PKLYP", "PKUET", "CNURC"])
def test_an_inland_place_lies_within_the_outlines(code: str) -> None:
    where = place(code)
    assert where is not None
    for level in levels():
        assert _inside(level, where.lon, where.lat)
        assert not _inside(level, 62.0, 20.0)  # the Arabian Sea


def _inside(level: Level, lon: float, lat: float) -> bool:
    """Even-odd rule, the slow obvious way."""
    crossings = 0
    for shape in level.land:
        for (x1, y1), (x2, y2) in zip(shape.points, (*shape.points[1:], shape.points[0]), strict=True):
            if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1):
                crossings += 1
    return crossings % 2 == 1


def test_the_outlines_are_small_and_say_where_they_are_from() -> None:
    text = files("sanad_api.pages.map").joinpath("land.json").read_text("utf-8")
    assert len(text.encode()) < 250_000
    assert "Natural Earth" in json.loads(text)["note"]
    assert "no position taken" in json.loads(text)["note"]


# -- drawing ------------------------------------------------------------------------------------------------------


def test_a_hand_over_that_is_not_confirmed_is_pending_and_one_that_is_is_not() -> None:
    drawing = draw([Stop(1, "PKKHI"), Stop(2, "PKLHE"), Stop(3, "PKPEW", pending=True)])
    assert [leg.pending for leg in drawing.legs] == [False, True]
    assert [mark.pending for mark in drawing.marks] == [False, False, True]


def test_steps_at_one_place_share_a_mark_with_their_numbers() -> None:
    drawing = draw(_stops("PKKHI", "PKKHI", "PKKHI", "PKLYP", "PKKHI"))
    assert [mark.text for mark in drawing.marks] == ["1–3, 5 · Karachi", "4 · Faisalabad"]
    assert len(drawing.legs) == 2
    assert draw(_stops("PKKHI"), "ur").marks[0].text == "\u20661\u2069 · کراچی"


def test_labels_of_places_near_each_other_do_not_cover_each_other() -> None:
    marks = draw(_stops("PKKHI", "PKBQM", "PKKIA", "PKHUB")).marks
    boxes = [_label(float(mark.label_x), float(mark.label_y), width_of(mark.text)) for mark in marks]
    assert len(boxes) == 4
    for index, one in enumerate(boxes):
        assert not any(one.meets(other) for other in boxes[index + 1 :])
        assert Box(0, 0, WIDTH, HEIGHT).holds(one)


def _label(x: float, y: float, width: float) -> Box:
    slack = 0.1  # coordinates are rounded
    return Box(x - width / 2 + slack, y - LINE / 2 + slack, x + width / 2 - slack, y + LINE / 2 - slack)


def test_numbers_that_follow_each_other_are_runs() -> None:
    assert runs([1]) == "1"
    assert runs([1, 2, 3, 5, 7, 8]) == "1–3, 5, 7–8"
    assert runs([1, 3, 5, 7]) == "1, 3, 5 …"


@settings(deadline=None)  # reading the outlines for the first time takes as long as the machine is busy
@given(st.lists(st.sampled_from([*sorted(known_places()), *HOSTILE]), max_size=60))
def test_whatever_the_line_the_drawing_is_of_plain_numbers_and_small(codes: list[str]) -> None:
    drawing = draw(_stops(*codes))
    for path in (drawing.land, drawing.borders, *(leg.path for leg in drawing.legs)):
        assert PATH.fullmatch(path)
    for mark in drawing.marks:
        assert all(NUMBER.fullmatch(one) for one in (mark.x, mark.y, mark.label_x, mark.label_y))
    assert (drawing.width, drawing.height) == (WIDTH, HEIGHT)
    assert len(drawing.marks) <= PLACES_AT_MOST
    assert len(drawing.legs) <= LEGS_AT_MOST
    assert _size(drawing) < 70_000
