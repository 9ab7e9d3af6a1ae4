"""What each screen asks, already shaped: one module per screen."""
