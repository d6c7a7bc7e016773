"""
Two schedulers side by side: the same calls on both, and the first difference in what comes of them.

Nothing here gives a verdict: which of the two keeps the contract is told by the suite.
"""
