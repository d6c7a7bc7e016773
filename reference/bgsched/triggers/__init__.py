"""
Triggers: when a job is due.
"""
