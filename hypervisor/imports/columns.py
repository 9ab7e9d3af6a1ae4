"""What columns are called, in French open data and elsewhere: which one identifies, names, locates, and which are attributes that a layer knows."""

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence

from hypervisor.imports.rows import Columns, Row

IDENTIFIER = re.compile(
    r"(id|identifiant|identifier|urn|uuid|code|matricule|numero|num|no|ref|reference|fid\d*|gid|ogcfid|objectid|identsig|idsig|numpompier|iddl|id(local|bac|pl|borne).*|idn\d+)"
)
NAME = re.compile(r"(nom.*|name|libelle|label|designation|intitule|titre)")
ADDRESS = re.compile(r"(adresse.*|address|streetaddress|rue|voie|localis.*|lieu)")
PLACEHOLDERS = frozenset({"", "0", "0.0", "-", "#N/A", "N/A", "n/a", "NULL", "null", "None", "NC"})
"""What exports write for nothing."""

ATTRIBUTES = {
    "capacity": ("nbreplace", "nbplaces", "nbplace", "capacite", "places", "nbpr", "totalspotnumber"),
    "structure": ("typark.*", "typeouvrage", "typedeparc"),
    "operator": ("exploi.*", "exploitant", "gestionnaire"),
    "zone": ("secteur", "zonetarifaire"),
    "address": ("adresse.*",),
    "lamp": ("typelante.*", "typelampe", "source", "typesource"),
    "power_w": ("puissance.*",),
    "height_m": ("hauteur.*",),
    "support": ("support.*",),
    "year": ("annee.*", "anneepose", "datepose"),
    "diameter_mm": ("diametre.*", "dn"),
    "flow_m3_h": ("debit.*",),
    "material": ("materiau.*",),
    "stream": ("flux", "typedechet.*", "modescollecte"),
    "volume_m3": ("volume.*",),
}
"""attribute of our layers → how columns are called elsewhere (folded, regular expressions)."""

MOSTLY = 0.9
FEW = 3


@functools.lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A column's name without accents, case, spaces and signs: "Nb_Places" and "nb places" are one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def text(value: object) -> str:
    """A cell as text: whole floats without their ".0", placeholders as nothing."""
    written = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value if value is not None else "").strip()
    return "" if written in PLACEHOLDERS else written


def matching(names: Sequence[str], pattern: re.Pattern[str]) -> list[str]:
    """The columns whose folded name the pattern matches whole, in the file's order."""
    return [name for name in names if pattern.fullmatch(folded(name))]


def identifier_column(rows: Sequence[Row], names: Sequence[str]) -> str | None:
    """The column that identifies, None when none does.

    One that is filled and different everywhere wins, first among those named like an identifier, then like a name. Else one named like an identifier
    that is different nearly everywhere: its repetitions are then errors of the file.
    """
    # A row written twice is one row: it says nothing against the column, and is refused later as a duplicate.
    rows = list({(*map(str, row.columns.values()), str(row.geometry)): row for row in rows}.values())
    named = matching(names, IDENTIFIER)
    for name in [*named, *matching(names, NAME)]:
        values = [text(row.columns.get(name)) for row in rows]
        if all(values) and len(set(values)) == len(values):
            return name
    for name in named:
        values = [written for row in rows if (written := text(row.columns.get(name)))]
        repeated = len(values) - len(set(values))
        if len(values) >= 0.75 * len(rows) and (repeated <= FEW or repeated <= (1 - MOSTLY) * len(values)) and len(set(values)) > 1:
            return name
    return None


def attribute_names(names: Sequence[str], known: Sequence[str], hidden: Sequence[str]) -> dict[str, str]:
    """column → attribute: our own name where the layer knows it, else the file's. hidden: columns kept elsewhere."""

    def ours(name: str) -> str:
        return next((own for own in known if own == name or any(re.fullmatch(pattern, folded(name)) for pattern in ATTRIBUTES.get(own, ()))), name)

    return {name: ours(name) for name in names if name not in hidden}


def attributes(columns: Columns, renamed: Mapping[str, str]) -> Columns:
    """Cells that say something, under the attribute's name; the first column wins where two have the same."""
    kept: Columns = {}
    for name, value in columns.items():
        if name in renamed and value is not None and not (isinstance(value, str) and text(value) == ""):
            kept.setdefault(renamed[name], _plain(value))
    return kept


def _plain(value: object) -> object:
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"-?(0|[1-9]\d{0,14})", value) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value if isinstance(value, bool | int | list | dict) else str(value)
