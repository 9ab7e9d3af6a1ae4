"""Equipment of our own, that the simulator does not know: what a test counts must come from the test alone."""

import csv
from pathlib import Path

import httpx

from tests.e2e.platform import Platform

NAMES = [f"ESSAI-{number:03}" for number in range(1, 13)]


def import_containers(platform: Platform, client: httpx.Client, folder: Path) -> list[dict]:
    """Imports twelve containers in the middle of the territory through the command line; gives them as the API does."""
    file = folder / "bacs_essai.csv"
    middle = client.get("/api/v1/assets", params={"layer": "waste", "limit": 1}).json()["items"][0]
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["id", "lon", "lat", "name"])
        writer.writerows([name, f"{middle['lon'] + 0.0005 * rank:.6f}", f"{middle['lat']:.6f}", name] for rank, name in enumerate(NAMES))
    platform.run("import", str(file), "--layer", "waste", "--kind", "container")
    found = client.get("/api/v1/assets", params={"layer": "waste", "q": "ESSAI-", "limit": 50}).json()["items"]
    assert len(found) == len(NAMES), found
    return found
