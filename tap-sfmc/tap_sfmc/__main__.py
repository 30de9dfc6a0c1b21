"""Where the command ``tap-sfmc``, or ``python -m tap_sfmc``, begins."""

import gc

# Nothing of what modules make is ever garbage: not looking through it saves a tenth of the start.
gc.disable()

from tap_sfmc.cli import main as _main  # noqa: E402

gc.freeze()
gc.enable()


def main() -> None:
    """Run the command and leave with its exit code."""
    _main()


if __name__ == "__main__":
    main()
