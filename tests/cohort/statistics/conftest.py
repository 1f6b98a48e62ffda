import numpy as np
import pytest

from resunet.cohort.units import MAP_SIDE, PatientTable


@pytest.fixture
def table_of():
    """Makes a set of patients from some values; the maps are empty unless they are given."""

    def make(name, values, *, maps=None, patients=None):
        columns = {key: np.array(column, np.float64) for key, column in values.items()}
        count = len(next(iter(columns.values())))
        patients = patients or [f"{name}-{number:03d}" for number in range(count)]
        if maps is None:
            maps = np.zeros((count, MAP_SIDE, MAP_SIDE))
        return PatientTable(name, tuple(patients), columns, np.asarray(maps, np.float32))

    return make


@pytest.fixture
def cohort(table_of):
    """Makes a set of random patients whose tumours lie about a place of the map."""

    def make(name, count, rng, *, row=32, column=20, factor=1.0):
        rows, columns = np.mgrid[:MAP_SIDE, :MAP_SIDE]
        maps = []
        for _ in range(count):
            centre = rng.normal((row, column), 5)
            far = np.hypot(rows - centre[0], columns - centre[1])
            maps.append(rng.uniform(0.3, 0.8) * (far < factor * rng.uniform(4, 10)))
        maps = np.array(maps)
        half = MAP_SIDE // 2
        pixels = 16 * maps
        values = {
            "mean_area_px": pixels.sum(axis=(1, 2)),
            "right_anterior": pixels[:, :half, :half].sum(axis=(1, 2)),
            "left_anterior": pixels[:, :half, half:].sum(axis=(1, 2)),
            "right_posterior": pixels[:, half:, :half].sum(axis=(1, 2)),
            "left_posterior": pixels[:, half:, half:].sum(axis=(1, 2)),
            "components": rng.poisson(2, count) + 1.0,
            "t1_median": rng.lognormal(6, 1, count),
        }
        return table_of(name, values, maps=maps)

    return make
