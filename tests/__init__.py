"""The tests of digest."""

import os

# Read when numpy is first imported, which conftest.py does, and in processes that tests start. Each worker of pytest-xdist has a core;
# threads of linear algebra that wait for one do so by spinning, and a ranking took three times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
