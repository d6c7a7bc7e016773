"""
Schedulers that do their worst to the process that judges them.
"""
