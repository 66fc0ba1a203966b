"""What a person prefers (config.yaml, theirs to write) and what the dashboard remembers (state.json, ours to write).

``settings`` is plain and light: the dashboard starts with it.  ``file`` reads and checks, and is only imported where
there is a file or a ``dmtui config`` verb.  Who wins: option, then file, then what is remembered, then the default.
"""
