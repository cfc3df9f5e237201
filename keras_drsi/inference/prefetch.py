"""Prefetching of the items of a generator in a background thread."""

import queue
import threading


def prefetch(items, count=2):
    """Iterates over a generator in a background thread.

    Decoding images and running a model both release the GIL, so they overlap.

    Args:
        items: generator. It is closed, in its thread, if the caller stops
            early.
        count: integer, maximum number of items in the queue. Defaults to 2.

    Yields:
        The items in order. An exception in the generator is raised in place of
        the item.
    """
    waiting = queue.Queue(count)
    stop = threading.Event()
    end = object()

    def put(entry):
        """Adds an entry to the queue; False if the caller has stopped."""
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
