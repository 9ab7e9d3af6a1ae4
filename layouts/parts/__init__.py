"""Pieces of screens, one per file: an icon, a shape, the header, the bands, the rail, the map, the headline strip."""
