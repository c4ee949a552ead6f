"""The batch engine: thousands of pooled posteriors at once, in compiled loops.

Nothing here imports numba before something is pooled, so that no ordinary command pays for it.
"""

from irlbayes.posterior.batch.arrays import pool_arrays
from irlbayes.posterior.batch.asked import Panel
from irlbayes.posterior.batch.many import pool_many
from irlbayes.posterior.batch.partial import pool_curves
from irlbayes.posterior.batch.pools import Pools
from irlbayes.posterior.batch.regression import Regressions, regress_many

__all__ = ["Panel", "Pools", "Regressions", "pool_arrays", "pool_curves", "pool_many", "regress_many"]
