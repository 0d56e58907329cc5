"""Ctrl-C while `oi` still loads: the end, without a traceback."""

import signal
import threading


def die_quietly() -> None:
    """Let Ctrl-C end the process at once; a shell that has it ignored keeps that."""
    if threading.current_thread() is threading.main_thread() and _is_pythons_own():
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def listen_again() -> None:
    """Let Ctrl-C be a KeyboardInterrupt again, which the commands handle."""
    if threading.current_thread() is threading.main_thread() and _is_default():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_pythons_own() -> bool:
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _is_default() -> bool:
    return signal.getsignal(signal.SIGINT) == signal.SIG_DFL
