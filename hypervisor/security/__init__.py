"""Who acts and what they may do. Read `require.py` first, then `middleware.py` (every request), `signin.py`, `sessions.py`, `tokens.py`, `pairing.py`."""
