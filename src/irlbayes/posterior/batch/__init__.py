"""The batch engine: thousands of pooled posteriors at once, in compiled loops.

Nothing here imports numba before something is pooled, so that no ordinary command pays for it.
"""

from irlbayes.posterior.batch.arrays import pool_arrays
from irlbayes.posterior.batch.asked import Panel
from irlbayes.posterior.batch.many import pool_many
from irlbayes.posterior.batch.pools import Pools

__all__ = ["Panel", "Pools", "pool_arrays", "pool_many"]
