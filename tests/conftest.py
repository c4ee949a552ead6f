"""What every test runs under, set before a worker loads NumPy."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does: threads of busy workers only spin
