"""The nouns of the trade and their laws. Standard library and msgspec only; no input, no output."""
