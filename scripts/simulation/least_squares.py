"""Least squares with answers that are not negative: a cost below nothing is no cost."""

from collections.abc import Sequence
from itertools import combinations

SINGULAR = 1e-12

Matrix = Sequence[Sequence[float]]


def fit_costs(rows: Matrix, values: Sequence[float]) -> list[float]:
    """Return coefficients >= 0 that make `rows` times coefficients closest to `values`, errors counted relatively.

    Each set of columns is tried, the others being nothing: with three columns these are seven small systems.
    """
    relative = [[entry / value for entry in row] for row, value in zip(rows, values, strict=True)]
    columns = range(len(rows[0]))
    best, least = [0.0 for _ in columns], float(len(rows))
    for count in range(1, len(rows[0]) + 1):
        for chosen in combinations(columns, count):
            solved = _solve(relative, chosen)
            if solved is None or min(solved) < 0:
                continue
            coefficients = [solved[chosen.index(column)] if column in chosen else 0.0 for column in columns]
            error = sum((_times(row, coefficients) - 1.0) ** 2 for row in relative)
            if error < least:
                best, least = coefficients, error
    return best


def _solve(rows: Matrix, chosen: Sequence[int]) -> list[float] | None:
    """Solve the normal equations of `rows` times coefficients = 1 for the chosen columns; None when they are alike."""
    picked = [[row[column] for column in chosen] for row in rows]
    size = len(chosen)
    system = [
        [*(sum(row[i] * row[j] for row in picked) for j in range(size)), sum(row[i] for row in picked)]
        for i in range(size)
    ]
    for pivot in range(size):
        best = max(range(pivot, size), key=lambda line: abs(system[line][pivot]))
        system[pivot], system[best] = system[best], system[pivot]
        if abs(system[pivot][pivot]) < SINGULAR:
            return None
        for line in range(size):
            if line != pivot:
                factor = system[line][pivot] / system[pivot][pivot]
                system[line] = [a - factor * b for a, b in zip(system[line], system[pivot], strict=True)]
    return [system[line][size] / system[line][line] for line in range(size)]


def _times(row: Sequence[float], coefficients: Sequence[float]) -> float:
    return sum(entry * coefficient for entry, coefficient in zip(row, coefficients, strict=True))
