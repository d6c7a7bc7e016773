"""
The conformance kit: a pytest plugin that judges any BackgroundScheduler implementation.

Loaded in every pytest run of every project that has the kit installed, so this file stays empty.
"""
