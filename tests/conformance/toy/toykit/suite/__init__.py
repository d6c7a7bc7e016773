"""
The chapters of the toy suite.
"""
