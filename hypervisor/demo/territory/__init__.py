"""A fictional metropolis, Valmorin-sur-Serre, drawn from a seed: pure functions of numbers, no file, no database.

Straight space first: `river`, `seeds`, `skeleton`, `density`; faces cut into blocks by `cut` under the table of `zones`, gathered by `blocks`; `communes`
shares the ground. Then `warp` bends everything once, `network` and `names` make streets of it, `city` is what assets stand on, and `lighting`,
`parking`, `water`, `waste` and `security` place them. `basemap` is what is drawn under them.
"""

from hypervisor.demo.territory.assets import DEFAULT_ASSETS, AssetRow, Batch, Edges
from hypervisor.demo.territory.generate import Territory, generate

__all__ = ["DEFAULT_ASSETS", "AssetRow", "Batch", "Edges", "Territory", "generate"]
