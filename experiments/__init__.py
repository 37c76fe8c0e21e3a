"""Which runs, where, and what they say together: studies, executors, results, comparisons."""
