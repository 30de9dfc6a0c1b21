"""Where the command ``target-aep``, or ``python -m target_aep``, begins."""

import gc
import os
import sys

# Arrow's own allocator keeps what each thread has used. It is chosen here, since pyarrow's function for that
# is for what Python allocates: reading and writing Parquet would keep another beside it, 30 MB at the peak.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc" if sys.platform == "linux" else "system")

# Nothing of what modules make is ever garbage: not looking through it saves a tenth of the start.
gc.disable()

from target_aep.cli import main as _main  # noqa: E402

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command and leave with its exit code."""
    _main()


if __name__ == "__main__":
    main()
