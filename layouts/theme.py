"""What charts need of the visual tokens: Plotly cannot read CSS. `tests/screens/test_tokens.py` compares this with assets/10-tokens.css."""

from types import MappingProxyType

FONT = 'B612, "Atkinson Hyperlegible Next", Arial, sans-serif'

THEMES = MappingProxyType(
    {
        "nuit": {"ground": "#14171A", "surface": "#1D2125", "line": "#3A4148", "ink": "#E7EAED", "ink2": "#AEB6BE", "ink3": "#929BA4"},
        "jour": {"ground": "#D5D8DC", "surface": "#E9EBED", "line": "#B3B9C0", "ink": "#15191D", "ink2": "#3D454D", "ink3": "#515A63"},
        "nuit-profonde": {"ground": "#0D0F11", "surface": "#14171A", "line": "#2A2F34", "ink": "#C3C9CF", "ink2": "#98A1AA", "ink3": "#838C95"},
    }
)
"""theme → name → colour. Charts have two series at most: ink for this year, ink3 dashed for last year, a thin line for the target."""

CHOROPLETH = ("#EEF1F4", "#C9D6E4", "#9DB8D2", "#6B95BD", "#3A6FA3", "#164A7B")
"""Six blues from the least to the most: ordered, one hue, none of a severity (screens.md §2.2). hypervisor/exports/charts.py prints the same."""
NO_DATA = "#D5D8DC"
