"""
Holds the module `pool`, as documented.
"""
