"""A benchmark that compares: whole processes, one machine, one run, medians and ratios."""
