"""An iterator whose items are made in a thread of their own."""

import queue
import threading


def prefetch(items, count=2):
    """Gives the items of an iterator, made while the last ones are used.

    Reading and decoding leave Python's lock alone most of the time, and so
    does a network, so that both go on at once.

    Args:
        items: generator. It is closed in its thread when the caller stops.
        count: number of items that may wait.

    Yields:
        the items, in order. What `items` raises is raised in its place.
    """
    waiting = queue.Queue(count)
    stop = threading.Event()
    end = object()

    def put(entry):
        """Whether the caller still wants it."""
        while not stop.is_set():
            try:
                waiting.put(entry, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work():
        try:
            for item in items:
                if not put((item, None)):
                    items.close()
                    return
            put((end, None))
        except BaseException as error:
            put((end, error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            item, error = waiting.get()
            if error is not None:
                raise error
            if item is end:
                return
            yield item
    finally:
        stop.set()
        thread.join()
