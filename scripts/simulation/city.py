"""The city on its worst release minute: what is assumed of it, and why; nothing here is measured."""

import itertools
import math
from dataclasses import dataclass, field, fields
from typing import Any


def assumed(value: Any, meaning: str, why: str) -> Any:
    """Return a field with its value, what it means, and the reason for it."""
    return field(default=value, metadata={"meaning": meaning, "why": why})


@dataclass(frozen=True, kw_only=True)
class City:
    """Assumptions about a city and its people; seconds where a name says `_s`."""

    citizens: int = assumed(25_000_000, "citizens", "Shanghai's census of 2020 counted 24.9 million")
    venues: int = assumed(
        500,
        "venues that release in the same minute",
        "Songjiang, one of Shanghai's 16 districts, counts 34 (its yearbook of 2016); all at once is the worst case",
    )
    large_venues: int = assumed(20, "large venues among them", "a guess: the temples that every guide book names")
    large_places: int = assumed(
        6_000,
        "places a day of a large one",
        "Longhua Temple let in 6,000 a day by booking (notice of 2021), Yonghe Temple in Beijing 7,500 (2020)",
    )
    small_places: int = assumed(400, "places a day of any other", "a guess: two coaches an hour")
    slots_a_day: int = assumed(8, "slots of a day", "08:00 to 16:00 by the hour")
    party: int = assumed(2, "people in a booking", "a guess; real rules allow 1 to 5")
    trying: float = assumed(
        0.01,
        "share of citizens who try in this minute",
        "a guess on the safe side: five times a day's visits, if all districts had Songjiang's "
        "1.26 million a year for 1.8 million people",
    )
    popularity: float = assumed(
        1.0,
        "exponent of Zipf's law, over venues and over the slots of a day",
        "usual for popularity: few are wanted most",
    )
    arrival_s: float = assumed(
        10.0, "mean delay after the release, exponential", "a guess: two thirds come within ten seconds"
    )
    attempts: int = assumed(3, "slots that one person tries until one has places", "a guess")
    thinking_s: float = assumed(5.0, "mean time to choose another slot, exponential", "a guess")
    pages: int = assumed(
        3, "pages of slots that a loser looks at afterwards, one in 10 s", "a guess: hoping for places"
    )
    retries: int = assumed(5, "requests again after a 503, 1 to 2 s later", "the mini-program obeys Retry-After: 1")

    @property
    def trying_people(self) -> int:
        """Those who try in this minute."""
        return round(self.citizens * self.trying)

    @property
    def peak_per_s(self) -> float:
        """People a second in the first instant, which is the worst."""
        return self.trying_people / self.arrival_s

    def slot_places(self) -> list[int]:
        """Return the bookings that fit into each slot, the most wanted venue's slots first."""
        large = self.large_places // self.party // self.slots_a_day
        small = self.small_places // self.party // self.slots_a_day
        large_slots = self.large_venues * self.slots_a_day
        return [large] * large_slots + [small] * (self.venues * self.slots_a_day - large_slots)

    def slot_weights(self) -> list[float]:
        """Return the running sum of how much each slot is wanted, in the order of `slot_places`; the last is 1.0."""
        venues = [1.0 / rank**self.popularity for rank in range(1, self.venues + 1)]
        slots = [1.0 / rank**self.popularity for rank in range(1, self.slots_a_day + 1)]
        whole = sum(venues) * sum(slots)
        return list(itertools.accumulate(venue * slot / whole for venue in venues for slot in slots))

    def page_queries_per_s(self, processes: int) -> float:
        """Return how often pages of slots ask the database in the first second.

        A process asks once a second for each venue that anybody looks at there; who looks is dealt out at random, so
        a venue that `n` look at is looked at in `processes * (1 - exp(-n / processes))` of them.
        """
        wanted = [1.0 / rank**self.popularity for rank in range(1, self.venues + 1)]
        lookers = (self.peak_per_s * one / sum(wanted) for one in wanted)
        return sum(processes * -math.expm1(-n / processes) for n in lookers)


def assumptions(city: City) -> list[tuple[str, str, str]]:
    """Return meaning, value and reason of each assumption."""
    return [
        (one.metadata["meaning"], _shown(one.name, getattr(city, one.name)), one.metadata["why"])
        for one in fields(city)
    ]


def _shown(name: str, value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if name.endswith("_s"):
        return f"{value:g} s"
    return f"{value:.0%}" if value < 1 else f"{value:g}"
