"""
Put back names that Python 3.10 and 3.11 took out of the standard library.

APScheduler before 3.6 imports them. Nothing of the scheduler is changed.
"""

import collections
import collections.abc
import inspect

for name in ("Iterable", "Mapping", "MutableMapping"):
    setattr(collections, name, getattr(collections.abc, name))
inspect.getargspec = lambda function: inspect.getfullargspec(function)[:4]
