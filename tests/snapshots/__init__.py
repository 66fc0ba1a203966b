"""Each screen as text, with the colours of every theme; ``python -m tests.snapshots`` writes them anew."""
