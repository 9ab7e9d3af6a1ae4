"""What exists only in a demonstration: an invented territory, and the sensors that bring it to life."""
