"""The batch engine: thousands of pooled posteriors at once, in compiled loops.

Nothing here imports numba before something is pooled, so that no ordinary command pays for it.
"""
