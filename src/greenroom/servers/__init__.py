"""Live servers: what serves the project to tests over HTTP.

`api` says what a live server is; `threaded`, `cheroot` and `uvicorn` are the three; `current` has those of this process.
"""
