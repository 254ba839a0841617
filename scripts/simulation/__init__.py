"""The booking rush on paper: a simulation calibrated on measured points; `./scripts/simulate` runs it."""
