"""
Holds the module `memory`, as documented.
"""
