"""Procedures as YAML: read, checked whole, and the ready ones of each layer (`hypervisor/layers/<key>/procedures.yaml`)."""

import re
from pathlib import Path

import msgspec
import yaml

from hypervisor import layers
from hypervisor.domain.procedure import Procedure, Step
from hypervisor.errors import InvalidRequest
from hypervisor.i18n import _

FOLDER = Path(layers.__file__).parent
FIELDS = {"number", "title", "place"}
"""What a prepared text may name in braces."""
NEEDS = {"call": ("who",), "message": ("who", "text"), "intervention": ("who", "text"), "suppress": ("minutes", "text")}
"""button → fields that it cannot do without."""
MOST_STEPS, LONGEST_SUPPRESSION_MIN = 30, 7 * 24 * 60
KEY, PHONE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,29}"), re.compile(r"\+?[0-9]{2,15}")


def ready(layer: str) -> list[Procedure]:
    """The procedures that come with a layer; none when its folder has no file."""
    file = FOLDER / layer / "procedures.yaml"
    return read(file.read_text(encoding="utf-8")) if file.exists() else []


def read(text: str) -> list[Procedure]:
    """The procedures of a YAML text: a list, or one alone. Raises InvalidRequest with every fault in `faults`."""
    try:
        written = yaml.safe_load(text)
        found = msgspec.convert(written if isinstance(written, list) else [written], list[Procedure])
    except yaml.YAMLError as error:
        raise InvalidRequest(_("Ce n’est pas du YAML lisible : {error}.", error=" ".join(str(error).split()))) from error
    except msgspec.ValidationError as error:
        raise InvalidRequest(_("La fiche n’a pas la forme attendue : {error}.", error=str(error))) from error
    wrong = [f"{procedure.key} : {fault}" for procedure in found for fault in faults(procedure)]
    if wrong:
        raise InvalidRequest(_("La fiche n’est pas enregistrée : {faults}.", faults=" ; ".join(wrong)), faults=wrong)
    return found


def faults(procedure: Procedure) -> list[str]:
    """What is wrong with it, in sentences; nothing when it can be followed to its end whatever is answered."""
    wrong = []
    if not KEY.fullmatch(procedure.key):
        wrong.append(_("la clé s’écrit en capitales, chiffres et tirets, comme FR-EAU-03"))
    if not procedure.title.strip():
        wrong.append(_("le titre manque"))
    if not 0 < len(procedure.steps) <= MOST_STEPS:
        wrong.append(_("il faut de 1 à {most} étapes", most=MOST_STEPS))
    earlier: dict[str, Step] = {}
    for number, step in enumerate(procedure.steps, 1):
        wrong += [_("étape {n} : {fault}", n=number, fault=fault) for fault in _faults_of(step, earlier)]
        earlier[step.key] = step
    return wrong


def _faults_of(step: Step, earlier: dict[str, Step]) -> list[str]:
    wrong = []
    if not step.key or step.key in earlier:
        wrong.append(_("sa clé manque ou sert deux fois"))
    if not step.text.strip():
        wrong.append(_("son texte manque"))
    if len(step.answers) == 1:
        wrong.append(_("une question a deux réponses au moins"))
    if step.within_min is not None and step.within_min <= 0:
        wrong.append(_("le délai doit être positif"))
    if step.after and step.after not in earlier:
        wrong.append(_("« after » nomme une étape qui ne la précède pas : {key}", key=step.after))
    for key, wanted in step.when.items():
        if key not in earlier:
            wrong.append(_("« when » nomme une étape qui ne la précède pas : {key}", key=key))
        elif not wanted or not set(wanted) <= set(earlier[key].answers):
            wrong.append(_("« when » attend une réponse que l’étape {key} n’a pas", key=key))
    return wrong + _faults_of_action(step)


def _faults_of_action(step: Step) -> list[str]:
    action = step.action
    if action is None:
        return []
    wrong = [_("le bouton demande « {field} »", field=field) for field in NEEDS[action.do] if not getattr(action, field)]
    if action.tel and not PHONE.fullmatch(action.tel):
        wrong.append(_("le numéro s’écrit sans espaces, comme +33353010101"))
    if not 0 <= action.minutes <= LONGEST_SUPPRESSION_MIN:
        wrong.append(_("l’inhibition dure une semaine au plus"))
    unknown = set(re.findall(r"{(\w*)}", action.text)) - FIELDS
    if unknown:
        wrong.append(_("le texte nomme {unknown}, qui n’existe pas : employez {known}", unknown=", ".join(sorted(unknown)), known=", ".join(sorted(FIELDS))))
    return wrong
