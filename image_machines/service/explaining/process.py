"""The process that explains works: it answers one question after the other until nobody is there to ask.

This module loads no Keras, so that whoever starts the process need not either.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

log = logging.getLogger(__name__)

NICE = 10  # how much the process gives way: a niceness of Unix


def work(connection: Connection, *given: Any) -> None:
    """The life of the process; ``given`` is what `Reasons` is made of."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    os.dup2(sys.stderr.fileno(), 1)  # in the gateway standard output is an answer
    os.environ["TQDM_DISABLE"] = "1"  # nobody looks at bars in a log
    if hasattr(os, "nice"):
        os.nice(NICE)
    from image_machines.service.explaining.reasons import Reasons  # here, since it loads Keras

    reasons = Reasons(lambda sentence: connection.send(("note", sentence)), *given)
    with suppress(EOFError, ConnectionError):
        while True:
            question, asked = connection.recv()
            connection.send(_answer(reasons, question, asked))


def _answer(reasons: Any, question: str, asked: dict[str, Any]) -> tuple[str, Any]:
    """The answer, or what went wrong: the words of what was asked wrongly, of all else only its kind."""
    try:
        return "done", getattr(reasons, question)(**asked)
    except (ValueError, FileNotFoundError) as error:
        log.warning("%s was not answered: %s", question, error)
        return "failed", str(error)
    except Exception as error:
        log.exception("an explanation failed")
        return "failed", f"the explanation failed with {type(error).__name__}; the service's log says more"
