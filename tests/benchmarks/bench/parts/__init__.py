"""The parts of the benchmark: each starts what it needs, compares, and gives a part of the report."""
