"""Cases that every verifier of gates must decide alike: written by make.py, read by Python and TypeScript."""
