"""One command starts everything: private services, migrations, demonstration, processes.

Read `up.py` first, then `programs.py` (what runs), `start.py` (how one program starts), `postgres.py` and `valkey.py` (private services).
"""
