"""Alarms and headlines as the feed sends them, of an evening when a main has burst."""

from typing import Any

TODAY = "2026-02-11T"


def alarm(number: int, priority: str, title: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "asset_id": number, "asset_name": f"Équipement {number}", "asset_code": f"E-{number}", "address": "rue Lunaret", "layer": "water", "priority": priority,
        "title": title, "value": None, "unit": "", "threshold": None, "raised_at": f"{TODAY}{at}Z", "state": "unacknowledged", "condition": "active", "acknowledged": False,
        "decide_before": None, "version": 1, "lon": 3.87, "lat": 43.6,
    } | more  # fmt: skip


BURST = alarm(1, "critical", "Rupture de canalisation", "17:03:56", value=412, unit="m³/h", threshold=250, address="avenue du Pont Juvénal", asset_code=None)
CABINET = alarm(2, "major", "Armoire hors tension", "17:02:48", layer="lighting")
RIVER = alarm(3, "major", "Niveau bas du réservoir", "16:58:03", state="returned_unacknowledged", condition="normal", value=1.42, unit="m", threshold=1.3)
BIN = alarm(4, "minor", "Conteneur plein", "16:57:40", layer="waste", value=96, unit="%", threshold=80)
SEEN = alarm(5, "minor", "Horodateur hors service", "15:41:06", layer="parking", state="acknowledged", acknowledged=True)
EVENING = [BIN, SEEN, RIVER, CABINET, BURST]

LAMPS = {
    "key": "lit", "label": "points lumineux allumés", "value": 92.4, "unit": "%", "reference": 98, "reference_label": "attendu en soirée", "fresh": True,
    "as_of": f"{TODAY}17:04:32Z", "history": [5, 20, 50, 92.4],
}  # fmt: skip
FLOW = LAMPS | {"key": "flow", "label": "débit mis en distribution", "value": 1488.4, "unit": "m³/h", "reference": 1560, "fresh": False}
