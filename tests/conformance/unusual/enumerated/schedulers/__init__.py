"""
Holds the module `base`, as documented.
"""
