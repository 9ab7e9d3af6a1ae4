"""What the trial of a rule gave, as the API tells it to the studio of rules."""

TRIAL = {
    "since": "2026-01-12T17:00:00+00:00", "until": "2026-02-11T17:00:00+00:00", "days": 30.0, "values": 43_200, "assets": 3, "is_whole": True, "alarms": 412, "alarms_covered": 412,
    "duration_s": 1800, "hysteresis": 5.0, "unit": "%", "raised": 412, "short": 157, "per_day": 13.7, "per_step": 0.1,
    "by_day": [{"day": f"2026-01-{day:02d}", "real": day % 7, "short": day % 5} for day in range(12, 32)],
    "remedies": [
        {"duration_s": 2700, "hysteresis": 8.0, "raised": 237, "short": 14, "removed": 175, "late": 12, "median_late_s": 900, "worst_late_s": 900, "missed": 0, "per_step": 0.05, "is_recommended": True},
        {"duration_s": 3600, "hysteresis": 5.0, "raised": 200, "short": 4, "removed": 212, "late": 30, "median_late_s": 900, "worst_late_s": 1800, "missed": 4, "per_step": 0.04, "is_recommended": False},
    ],
}  # fmt: skip
