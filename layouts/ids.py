"""Every id of every page, once. Scripts in assets/js and callbacks use the same strings; `tests/architecture/test_ids.py` keeps them unique.

A page's own ids are added here by its author, under its name. Ids that carry a value are built by a function, so that a typo is an error.
"""

# The frame, on every page -------------------------------------------------------------------------------------------
ROOT = "racine"
WORDS = "textes"
MAIN = "principal"
HEADER = "entete"
RAIL = "navigation"
BANDS = "bandeaux"
LIVE_REGION = "annonces"
CLOCK = "horloge"
DATE = "date"
LIAISON = "liaison"
SOUND = "son"
ACCOUNT = "compte"
SIGN_OUT = "quitter"
BAND_EXERCISE = "bandeau-exercice"
POSTURE = "posture"
POSTURE_LEVEL = "posture-niveau"
POSTURE_PENDING = "posture-proposee"
POSTURE_PANEL = "posture-panneau"
BAND_LIAISON = "bandeau-liaison"
BAND_RESUME = "bandeau-reprise"
BAND_FLOOD = "bandeau-avalanche"
BAND_PROGRAMS = "bandeau-programmes"
BAND_ESCALATION = "bandeau-escalade"
BAND_HANDOVER = "bandeau-releve"
HEADER_SHIFT = "poste-equipe-entete"
BAND_SOUND = "bandeau-son"
BAND_DISCLOSURES = "bandeau-dossiers"
UNBLOCK_SOUND = "debloquer-son"

# The wall -----------------------------------------------------------------------------------------------------------
WALL = "mur"
WALL_MAP = "carte-mur"
WALL_BAND = "bande-critique"
WALL_LIST = "file-mur"
WALL_LIST_CONTEXT = "file-mur-contexte"
WALL_REST = "file-mur-reste"
WALL_STRIP = "indicateurs"
WALL_PATTERN = "mire"
WALL_STATE = "mur-etat"


def counter(severity: str) -> str:
    """The header's count of alarms to acknowledge of one severity (critical, major, minor)."""
    return f"compteur-{severity}"


# The tools of a map ---------------------------------------------------------------------------------------------------
MAP_TOOLS = "outils-carte"

# Console -----------------------------------------------------------------------------------------------------------
CONSOLE = "console"
CONSOLE_MAP = "carte"
QUEUE = "file"
SELECTION = "selection"
DOMAIN_FILTER = "filtre-domaine"
CONDUCT = "conduite"
FACTS = "faits"
MEASURED = "mesure-choisie"
BTN_ACKNOWLEDGE = "btn-acquitter"
BTN_TAKE = "btn-prendre"
BTN_DISPATCH = "btn-terrain"
BTN_FOLLOW = "btn-suivre"
BTN_ASSIGN = "btn-affecter"
BTN_RESOLVE = "btn-resoudre"
BTN_CLOSE = "btn-clore"
BTN_COMMENT = "btn-commenter"
BTN_SHELVE = "btn-differer"
BTN_HOLD = "btn-attente"
BTN_MERGE = "btn-regrouper"
BTN_SPLIT = "btn-scinder"
BTN_CONFIRM = "btn-confirmer"
BTN_SUPPRESS = "btn-inhiber"
BTN_OUT_OF_SERVICE = "btn-hors-service"
BTN_UNMASK = "btn-remettre"
BTN_RESET = "btn-rearmer"
BTN_FALSE = "btn-fausse-alerte"
BTN_REOPEN = "btn-rouvrir"
BTN_RELEASE = "btn-rendre"
BTN_GROUP = "btn-acquitter-groupe"
SAYINGS = "consequence"
SUBMIT_CREATE = "valider-creer"
ASSIGN_TO = "affecter-a"
CLOSE_OUTCOME = "clore-issue"
CLOSE_REPORT = "clore-compte-rendu"
COMMENT_TEXT = "commentaire"
TAKE_REASON = "reprendre-motif"
SUBMIT_TAKE = "valider-reprendre"
SUBMIT_ASSIGN = "valider-affecter"
SUBMIT_CLOSE = "valider-clore"
SUBMIT_COMMENT = "valider-commenter"
SUBMIT_DISPATCH = "valider-terrain"
SUBMIT_FOLLOW = "valider-suivre"

# The past --------------------------------------------------------------------------------------------------------------
REPLAY = "rejeu"
REPLAY_MAP = "carte-rejeu"
EXPORT = "exporter"
DISCLOSURES = "demandes"

# Exploration ---------------------------------------------------------------------------------------------------------
EXPLORATION = "exploration"

# Toasts: the one place where several callbacks write (tests/screens/test_callbacks.py lists it).
TOASTS = "avis"

# The studio of rules --------------------------------------------------------------------------------------------------
RULES = "regles"
RULES_BODY = "regles-corps"
RULES_WAKE = "regles-reveil"
RULE_EDITOR = "regle-editeur"
RULE_ASKED = "regle-demandee"
RULE_TRIAL = "regle-essai-cadre"

# Health and administration ------------------------------------------------------------------------------------------
OFFICIALS = "elus"
OFFICIALS_CHOICE = "elus-choix"
OFFICIALS_BODY = "elus-corps"
OFFICIALS_AGAIN = "elus-relire"
HIGHLIGHT_TEXT = "fait-texte"
HIGHLIGHT_DAY = "fait-jour"
HIGHLIGHT_LAYER = "fait-domaine"
HIGHLIGHT_WRITE = "fait-ecrire"
HEALTH = "sante"
HEALTH_REFRESH = "sante-actualiser"
HEALTH_BODY = "sante-corps"
HEALTH_WAKE = "sante-reveil"
PAIRING_CODE = "admin-code"
PAIRING_LABEL = "admin-nom-mur"
PAIRING_APPROVE = "admin-approuver"
ADMIN_WALLS = "admin-murs"
ADMIN_WALLS_COUNT = "admin-murs-compte"
ADMIN_WALLS_WAKE = "admin-murs-reveil"


def wall_revoke(session: object) -> dict[str, object]:
    """The button that signs a wall out."""
    return {"type": "admin-revoquer", "session": session}


def highlight_remove(number: object) -> dict[str, object]:
    """The button that takes a highlight away."""
    return {"type": "fait-retirer", "number": number}
