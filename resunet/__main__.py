"""``python -m resunet``: the command line."""

import sys

from resunet.cli import main

sys.exit(main())
