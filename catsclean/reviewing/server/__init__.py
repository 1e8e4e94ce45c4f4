"""The server of the pages: who may ask, for how long, and how pictures reach a page.

It knows nothing of questions and decisions.  Starlette and uvicorn are loaded where a server is
started, and nowhere else.
"""
