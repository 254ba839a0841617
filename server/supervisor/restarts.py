"""How long to wait before a dead child is started again."""

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
HEALTHY_AFTER_S = 60.0


def next_delay_s(*, previous_s: float | None, lived_s: float) -> float:
    """Return the seconds to wait after a child lived `lived_s`; `previous_s` is None at its first death.

    The delay doubles from one death to the next, and starts again after a healthy minute.
    """
    if previous_s is None or lived_s >= HEALTHY_AFTER_S:
        return FIRST_DELAY_S
    return min(previous_s * 2, LONGEST_DELAY_S)
