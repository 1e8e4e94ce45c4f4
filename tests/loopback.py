"""A server on loopback for tests, in a thread of its own."""

import http.server
import threading
from contextlib import contextmanager


@contextmanager
def serving(handler):
    """Serve requests with a handler class; yield the address."""
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.daemon_threads = True
    made.handle_error = lambda *_: None  # a client that hangs up
    thread = threading.Thread(
        target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        thread.join()
        made.server_close()
