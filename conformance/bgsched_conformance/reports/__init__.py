"""
The report of a run, and all that is rendered from it.
"""
