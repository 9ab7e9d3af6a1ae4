"""Figures of officials that belong to no layer, subject by subject; `layers/service.py` puts them in order."""
