"""What people do: one function per verb, one transaction each. `require` first, the row locked, the domain's table, then the logs and the outbox."""
