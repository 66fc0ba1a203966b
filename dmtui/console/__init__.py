"""``dmtui console``: lines in, results out, on a terminal or through pipes.  Runs in the command's own process."""
