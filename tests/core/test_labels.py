"""Names beside lines: on no line, on no other name, closer to their own line than to another."""

import numpy as np
import pytest

from lrdecay.labels import place

BOX = (0.0, 0.0, 300.0, 150.0)


def gap(corner, size, line):
    """Return the distance of a room from a line, by brute force over points of both."""
    along = np.linspace(0, 1, 40)
    room = np.array(
        [(corner[0] + x * size[0], corner[1] + y * size[1]) for x in along for y in along]
    )
    steps = np.linspace(0, len(line) - 1, 400)
    points = np.column_stack([np.interp(steps, np.arange(len(line)), side) for side in line.T])
    return np.sqrt(((room[:, None] - points[None]) ** 2).sum(axis=-1)).min()


def lines(seed, count):
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 300, 30)
    return [
        np.column_stack([x, 75 + 70 * np.sin(x / 300 * rng.uniform(1, 4) + i)])
        for i in range(count)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_a_name_is_beside_its_own_line(seed):
    drawn, sizes = lines(seed, 3), [(40.0, 10.0), (25.0, 10.0), (60.0, 10.0)]
    places = place(drawn, sizes, BOX)
    assert places is not None
    for i, (corner, size) in enumerate(zip(places, sizes, strict=True)):
        own = gap(corner, size, drawn[i])
        assert 1 < own < 12
        assert all(gap(corner, size, other) > own + 2 for j, other in enumerate(drawn) if j != i)
        assert 0 <= corner[0] <= 300 - size[0]
        assert 0 <= corner[1] <= 150 - size[1]
    for i, (x, y) in enumerate(places):
        for j, (left, low) in enumerate(places[:i]):
            apart = x >= left + sizes[j][0] or left >= x + sizes[i][0]
            assert apart or y >= low + sizes[j][1] or low >= y + sizes[i][1]


def test_there_is_no_place_where_lines_run_together():
    line = lines(0, 1)[0]
    assert place([line, line + 3], [(40.0, 10.0)] * 2, BOX) is None
    assert place([line], [(400.0, 10.0)], BOX) is None


def test_a_line_without_a_name_and_what_is_taken_are_left_clear():
    low, high = (np.array([(0.0, y), (300.0, y)]) for y in (20.0, 130.0))
    (free,) = place([high], [(40.0, 10.0)], BOX) or []
    (below,) = place([high, low], [(40.0, 10.0)], BOX, [(0.0, 132.0, 300.0, 150.0)]) or []
    assert free[1] > 130 or free[1] < 130
    assert below[1] + 10 < 130
    assert place([high], [(40.0, 10.0)], BOX, [(0.0, 0.0, 300.0, 150.0)]) is None


def test_gaps_in_a_line_and_lines_outside_do_not_matter():
    broken = np.array([(0.0, 75.0), (100.0, np.nan), (300.0, 75.0)])
    outside = np.array([(0.0, 900.0), (300.0, 900.0)])
    assert place([broken, outside], [(40.0, 10.0)], BOX) is not None
    assert place([outside], [(40.0, 10.0)], BOX) is None
