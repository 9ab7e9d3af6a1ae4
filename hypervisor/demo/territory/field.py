"""Values over the plane: a regular grid that is asked at any point, and smooth noise to fill it."""

# numpy, scipy and shapely type many results as Any.
# mypy: disable-error-code="no-any-return"

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

HALF_WIDTH = 17_500.0  # The drawn domain, in metres from the centre: wider than the metropolis, so that no map edge shows.
HALF_HEIGHT = 15_500.0
STEP = 100.0
MARGIN = 1_500.0  # The warp may push a point this far out of the domain.


@dataclass(frozen=True)
class Field:
    """A grid of values of step STEP metres whose cell [0, 0] lies at (x0, y0)."""

    x0: float
    y0: float
    values: np.ndarray

    def at(self, xy: np.ndarray) -> np.ndarray:
        """Values at n points, shape (n, 2), interpolated linearly; the border's value beyond the border."""
        rows = (xy[:, 1] - self.y0) / STEP
        columns = (xy[:, 0] - self.x0) / STEP
        return map_coordinates(self.values, [rows, columns], order=1, mode="nearest")

    def lookup(self) -> Callable[[float, float], float]:
        """A fast function (x, y) -> nearest value, for loops that ask one point at a time."""
        rows, x0, y0 = self.values.tolist(), self.x0, self.y0
        last_row, last_column = len(rows) - 1, len(rows[0]) - 1

        def value(x: float, y: float) -> float:
            row = min(max(int((y - y0) / STEP + 0.5), 0), last_row)
            column = min(max(int((x - x0) / STEP + 0.5), 0), last_column)
            return rows[row][column]

        return value


def empty() -> Field:
    """A field of zeros over the domain and its margin."""
    rows = int(2 * (HALF_HEIGHT + MARGIN) / STEP) + 1
    columns = int(2 * (HALF_WIDTH + MARGIN) / STEP) + 1
    return Field(-HALF_WIDTH - MARGIN, -HALF_HEIGHT - MARGIN, np.zeros((rows, columns)))


def points_of(field: Field) -> np.ndarray:
    """The coordinates of every cell, shape (rows * columns, 2), in the order of `values.ravel()`."""
    rows, columns = field.values.shape
    x = field.x0 + STEP * np.arange(columns)
    y = field.y0 + STEP * np.arange(rows)
    return np.column_stack([np.tile(x, rows), np.repeat(y, columns)])


def noise(rng: np.random.Generator, wavelength: float) -> Field:
    """Smooth noise of mean 0 and deviation 1 whose bumps are about `wavelength` metres apart."""
    blank = empty()
    # Filtered at a coarser step when the bumps are large: same look, a tenth of the time.
    shrink = max(1, int(wavelength / STEP / 10))
    rows, columns = (size // shrink + 3 for size in blank.values.shape)
    white = rng.standard_normal((rows, columns))
    smooth = gaussian_filter(white, wavelength / STEP / shrink / 2.5, mode="reflect")
    smooth = (smooth - smooth.mean()) / smooth.std()
    row_at = np.arange(blank.values.shape[0]) / shrink
    column_at = np.arange(blank.values.shape[1]) / shrink
    grid = np.meshgrid(row_at, column_at, indexing="ij")
    return Field(blank.x0, blank.y0, map_coordinates(smooth, grid, order=3 if shrink > 1 else 1, mode="nearest"))
