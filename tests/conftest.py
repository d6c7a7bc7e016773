"""
Answer Ctrl-C as usual, in the tests and in the programs that they start.
"""

from __future__ import annotations

import signal

# A shell ignores it for what runs in the background, and every child process inherits that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
