"""What screens receive: coalescing, binary and JSON encoding, the WebSocket hub. `docs/live-protocol.md` says every byte; read hub.py first."""
