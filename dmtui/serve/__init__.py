"""``dmtui serve``: the dashboard in a browser.  One server process, one dashboard with its own emulator a visitor.

    browser ══ websocket ══ server (aiohttp, this package) ══ pipes ══ dashboard (dmtui.serve.app) ── its emulator
    browser ══ websocket ══                                ══ pipes ══ dashboard                   ── its emulator

- textual-serve carries the terminal between websocket and pipes, and has the page's script and fonts.
- The end of a websocket, for whatever reason, ends its dashboard: asked by a word, then by signals.
- The end of the server, for whatever reason, is the end of file on a dashboard's standard input, and ends it too.
"""
