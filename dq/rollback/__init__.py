"""Taking a bad partition out of readers' sight and putting the last validated bytes back.

decide (pure) -> plan -> journal -> apply; see `docs/rollback.md` for what is promised on which layout.
"""
