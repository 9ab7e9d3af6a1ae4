"""What screens look like: functions from data to components. Read shell.py first, then parts/ and pages/. No I/O but the page functions' own queries."""
