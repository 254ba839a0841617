"""`./scripts/bench NAME`: runs one measurement, or all of them."""

import argparse
import sys

from scripts.benchmarks import startup

MEASUREMENTS = {"startup": startup.measure}


def main() -> None:
    """Run what was asked for; exits with 1 when a bound that the project set itself is missed."""
    parser = argparse.ArgumentParser(prog="./scripts/bench", description="Measures Chengma on its real stores.")
    parser.add_argument("name", choices=[*MEASUREMENTS, "all"])
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds, after one to warm up (default: 5)")
    given = parser.parse_args()
    names = list(MEASUREMENTS) if given.name == "all" else [given.name]
    met = [MEASUREMENTS[name](given.rounds) for name in names]
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
