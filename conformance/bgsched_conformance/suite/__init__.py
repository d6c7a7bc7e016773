"""
The tests of the suite, one module a chapter of the specification.
"""
