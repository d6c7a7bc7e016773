"""
Executors: where jobs run.
"""
