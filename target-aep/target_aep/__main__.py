"""``python -m target_aep``."""

from target_aep.cli import main

if __name__ == "__main__":
    main()
