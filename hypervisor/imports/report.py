"""What the person who imports reads: how many rows became assets, and which did not, with the reason."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypervisor.domain.layer import Layer
from hypervisor.i18n import _, ngettext
from hypervisor.imports.judgement import Prepared
from hypervisor.store.imports import Written

SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of one import. refused_file: where every refused row is listed, None when none was."""

    file: str
    layer: Layer
    prepared: Prepared
    written: Written
    refused_file: Path | None = None

    def lines(self) -> list[str]:
        """The report in the reader's language, one sentence a line."""
        prepared, written = self.prepared, self.written
        kept, refused = len(prepared.assets), len(prepared.refusals)
        told = [
            _("{file} → {layer}, {kind}", file=self.file, layer=_(self.layer.label), kind=_(prepared.kind.plural)),
            ngettext("{count} ligne lue.", "{count} lignes lues.", kept + refused),
            ngettext("{count} équipement ajouté.", "{count} équipements ajoutés.", written.added),
            ngettext("{count} équipement mis à jour.", "{count} équipements mis à jour.", written.updated),
        ]
        if left := kept - written.added - written.updated:
            told.append(
                ngettext(
                    "{count} équipement laissé : son identifiant est celui d'une autre couche.",
                    "{count} équipements laissés : leur identifiant est celui d'une autre couche.",
                    left,
                )
            )
        if prepared.moved:
            told.append(
                ngettext(
                    "{count} équipement placé par ses colonnes de coordonnées : sa géométrie était inutilisable.",
                    "{count} équipements placés par leurs colonnes de coordonnées : leur géométrie était inutilisable.",
                    prepared.moved,
                )
            )
        if written.outside:
            told.append(
                ngettext("{count} équipement hors des communes du territoire.", "{count} équipements hors des communes du territoire.", written.outside)
            )
        told.append(ngettext("{count} ligne refusée.", "{count} lignes refusées.", refused))
        told += [f"  {count} × {_(reason)}" for reason, count in Counter(refusal.reason for refusal in prepared.refusals).most_common()]
        for refusal in prepared.refusals[:SHOWN]:
            detail = f" ({refusal.detail})" if refusal.detail else ""
            told.append(_("  ligne {place} : {reason}{detail}", place=refusal.place, reason=_(refusal.reason), detail=detail))
        if self.refused_file:
            told.append(_("Liste complète des lignes refusées : {path}", path=self.refused_file))
        return told


def write_refusals(path: Path, prepared: Prepared) -> Path | None:
    """Lists every refused row in a CSV file (semicolon, UTF-8 with its mark, as French spreadsheets open it); None when there is none."""
    if not prepared.refusals:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow((_("ligne"), _("motif"), _("détail")))
        writer.writerows((refusal.place, _(refusal.reason), refusal.detail) for refusal in prepared.refusals)
    return path
