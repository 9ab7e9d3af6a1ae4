"""An audit line's act in the reader's language: « alarmes : lire » for operator:alarm:read. The code itself stays in the export and in the API."""

from hypervisor.i18n import N_, _

THINGS = {
    "access": N_("accès motivé"), "account": N_("comptes"), "alarm": N_("alarmes"), "asset": N_("équipements"), "audit": N_("audit"), "council": N_("conseils"), "declared": N_("volumes déclarés"), "disclosure": N_("dossier complet"), "event": N_("événements"), "exercise": N_("exercice"), "factor": N_("facteurs"), "exploration": N_("exploration"),
    "health": N_("santé"), "highlight": N_("temps forts"), "indicator": N_("indicateurs"), "intervention": N_("interventions"), "logbook": N_("main courante"),
    "map": N_("carte"), "message": N_("messages"), "observation": N_("mesures"), "oncall": N_("astreintes"), "on-call": N_("astreintes"), "password": N_("mot de passe"), "posture": N_("posture"),
    "procedure": N_("fiches réflexes"), "replay": N_("rejeu"), "report": N_("rapports"), "rule": N_("règles"), "screen": N_("écran"), "session": N_("session"), "shift": N_("postes"),
    "source": N_("sources"), "target": N_("cibles"), "token": N_("jetons"), "wall": N_("murs"), "works": N_("travaux"),
}  # fmt: skip
ACTS = {
    "act": N_("agir"), "add": N_("ajouter"), "agree": N_("convenir"), "annotate": N_("annoter"), "approve": N_("approuver"), "begin": N_("commencer"), "ask": N_("demander"), "assign": N_("affecter"), "change": N_("changer"), "close": N_("fermer"),
    "correct": N_("corriger"), "decide": N_("décider"), "declare": N_("déclarer"), "dispatch": N_("envoyer sur le terrain"), "lock": N_("verrouiller"), "draft": N_("rédiger"), "end": N_("terminer"), "export": N_("exporter"), "manage": N_("tenir"), "mask": N_("masquer"),
    "open": N_("ouvrir"), "phone": N_("lire les numéros"), "plan": N_("programmer"), "propose": N_("proposer"), "publish": N_("publier"), "raise": N_("lever"), "read": N_("lire"), "refuse": N_("refuser"),
    "remove": N_("retirer"), "retire": N_("retirer"), "review": N_("relire"), "run": N_("mener"), "revoke": N_("révoquer"), "save": N_("enregistrer"), "send": N_("envoyer"), "set": N_("fixer"),
    "sign-in": N_("ouvrir"), "sign-out": N_("fermer"), "steer": N_("piloter"), "stop": N_("arrêter"), "suspend": N_("suspendre"), "resume": N_("reprendre"), "unlock": N_("déverrouiller"), "validate": N_("valider"), "withdraw": N_("retirer"), "write": N_("modifier"),
}  # fmt: skip


def spoken(action: str) -> str:
    """The act in words; a screen's own path for a screen; a word that is not known stays as it is written."""
    _who, _colon, rest = action.partition(":")
    thing, _colon, act = rest.partition(":")
    said = f"/{act}" if thing == "screen" else _(ACTS.get(act, act))
    return _("{thing} : {act}", thing=_(THINGS.get(thing, thing)), act=said)
