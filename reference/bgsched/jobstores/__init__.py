"""
Job stores: where jobs are kept.
"""
