"""
Which errors are meant for the program, and not for the code that they strike.
"""

from __future__ import annotations

from threading import current_thread, main_thread


def is_for_main_thread(error: BaseException) -> bool:
    """
    Tell whether an error may come from a signal, which strikes anywhere in the main thread.

    Ctrl-C, or a handler that calls `sys.exit`, must end a scheduler that blocks it (EXIT-7). In any
    other thread they come from somebody's code, which must not end the loop (THREAD-7).
    """
    return isinstance(error, (KeyboardInterrupt, SystemExit)) and current_thread() is main_thread()
