"""`python -m server`: starts everything that Chengma needs, watches over it, and stops it in order."""

import sys

from server.supervisor.run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
