"""Taking a post, in parts: the post and its tests, the dossier in six sections, what is in force, the two signatures (screens.md 1.0). assets/js/62-post.js makes it live."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import html
from dash.development.base_component import Component

from hypervisor import fmt
from hypervisor.domain.alarm import Priority
from hypervisor.domain.on_call import Kind
from hypervisor.domain.operator import Principal, Role
from hypervisor.i18n import N_, _
from hypervisor.operations.on_call import KINDS
from hypervisor.operations.shifts import ABSENT_AFTER
from hypervisor.operations.wording import PLACE
from hypervisor.queries.handover import SECTIONS
from hypervisor.queries.shifts import Post
from layouts.parts.entry import entry
from layouts.parts.icon import icon
from layouts.parts.keys import cap
from layouts.parts.shape import shape

ROLES = (("operator", N_("Téléopérateur")), ("chief", N_("Chef de salle")))
STATUSES = {"new": N_("à qualifier"), "in_progress": N_("pris en charge"), "on_hold": N_("en attente"), "resolved": N_("résolu, à clore")}
KIND_WORDS = (("temporary", N_("Consigne temporaire")), ("permanent", N_("Consigne permanente")), ("callback", N_("Rappel à faire")))


def body(read: Post, who: Principal, at: datetime) -> list[Component]:
    """The three columns and the foot, or what to do when there is no post."""
    if read.chosen is None or read.dossier is None or not read.teams:
        sentence = _("Aucun poste ou aucune équipe : le chef de salle les ajoute à l’administration.")
        return [html.Div(html.P(sentence), className="panel panel-empty", **{"data-testid": "poste-vide"})]
    mode = mode_of(read, at)
    return [_left(read, at, is_chief=who.role is Role.CHIEF), _dossier(read, mode), _right(read, who.display_name, mode), _foot(read, mode)]


def mode_of(read: Post, at: datetime) -> str:
    """What the reader may do here: outgoing (holds the post), waiting (has signed), double, incoming, held (another holds it and has not signed)."""
    assert read.chosen is not None, "a post is chosen"
    if read.own is not None:
        return "double" if read.own["is_double"] else "waiting" if read.signed else "outgoing"
    holder_absent = read.chosen["due_at"] is not None and (read.chosen["due_at"] + ABSENT_AFTER <= at or read.chosen["seen_at"] + ABSENT_AFTER <= at)
    return "held" if read.chosen["shift_id"] is not None and read.signed is None and not holder_absent else "incoming"


# The post and its tests ----------------------------------------------------------------------------------------------


def _left(read: Post, at: datetime, *, is_chief: bool) -> html.Section:
    assert read.chosen is not None and read.dossier is not None, "the page has a post"
    own = read.own
    stations = [html.Option(_station_label(station), value=str(station["id"])) for station in read.stations]
    teams = [html.Option(_("{name}, {a} à {b}", name=team["name"], a=team["starts_at"], b=team["ends_at"]), value=str(team["id"])) for team in read.teams]
    roles = [
        html.Button(_(label), type="button", className="segment", role="radio", **{"data-role": key, "aria-checked": "true" if key == "operator" else "false"})
        for key, label in ROLES
        if is_chief or key == "operator"
    ]
    choice: list[Component] = (
        [
            html.P(
                [html.Strong(own["station_name"]), html.Span(_("équipe {team}, {a} à {b}", team=own["team_name"], a=own["team_from"], b=own["team_to"]))],
                className="post-own",
            )
        ]
        if own
        else [
            _labelled(_("Poste"), html.Select(stations, id="poste-station", className="field", **{"data-choisi": str(read.chosen["id"])})),
            _labelled(_("Équipe"), html.Select(teams, id="poste-equipe", className="field", **{"data-choisi": _team_of(read.teams, at)})),
            html.Div(
                [html.Span(_("Rôle"), className="form-label"), html.Div(roles, className="segments", role="radiogroup", **{"aria-label": _("Rôle")})],
                className="post-field",
            ),
        ]
    )
    checks = html.Div(
        [
            html.H3(_("Contrôles")),
            _check("son", "volume", _("Son du poste"), _("à essayer : c’est aussi ce qui autorise le son"), _("Tester")),
            _check("ecran", "device-tv", _("Écran et liaison"), _("image, heure et données à vérifier"), _("Vérifier")),
            _labelled(_("Défaut constaté, s’il y en a un"), html.Textarea(id="poste-defaut", className="field", rows="2", maxLength="2000")),
        ],
        className="post-block",
    )
    load = read.dossier["load"]
    figures = html.Div(
        [
            html.H3(_("Pendant la vacation sortante")),
            html.Div(
                [
                    _figure(str(int(load["events"] or 0)), _("événements")),
                    _figure(_duration(load["acknowledged_s"]), _("acquittement médian")),
                    _figure(str(int(load["calls"] or 0)), _("appels d’astreinte")),
                ],
                className="post-figures",
            ),
        ],
        className="post-block",
    )
    parts = [
        html.Header(html.H2(_("Prise de poste") if own is None else _("Votre poste")), className="panel-head"),
        html.Div(choice, className="post-block"),
        *([] if own else [checks]),
        figures,
    ]
    return html.Section(parts, className="panel post-left")


def _team_of(teams: Sequence[dict[str, Any]], at: datetime) -> str:
    """The number of the team whose hours hold this moment, or that begins within half an hour: who comes early takes the next one's post."""
    soon = (at + timedelta(minutes=30)).astimezone(PLACE).strftime("%H:%M")
    now = [
        team
        for team in teams
        if (team["starts_at"] <= soon < team["ends_at"]) or (team["ends_at"] <= team["starts_at"] and not team["ends_at"] <= soon < team["starts_at"])
    ]
    return str((now or teams)[0]["id"])


def _station_label(station: dict[str, Any]) -> str:
    holder = station["operator_name"]
    return f"{station['name']} – {_('tenu par {name}', name=holder)}" if holder else station["name"]


def _check(key: str, icon_name: str, title: str, said: str, button: str) -> html.Div:
    texts = html.Div([html.Span(title), html.Span(said, className="place", id=f"controle-{key}-dit", role="status")], className="check-texts")
    return html.Div(
        [icon(icon_name), texts, html.Button(button, type="button", className="action", id=f"controle-{key}")], className="check", id=f"controle-{key}-ligne"
    )


def _figure(value: str, label: str) -> html.Div:
    return html.Div([html.Strong(value), html.Span(label)], className="post-figure")


# The dossier -----------------------------------------------------------------------------------------------------------


def _dossier(read: Post, mode: str) -> html.Section:
    assert read.dossier is not None, "the page has a dossier"
    since, at = (datetime.fromisoformat(read.dossier[name]) for name in ("since", "at"))
    context = _("du {since} au {at}", since=_moment(since), at=_moment(at)) + (f" · n° {read.signed['number']}" if read.signed else "")
    notes = read.signed["notes"] if read.signed else {}
    reads = mode in ("incoming", "held")
    rows = [_row(number, read.dossier["sections"][str(number)]["counts"], reads=reads, has_note=str(number) in notes) for number in SECTIONS]
    details = [_section(number, read.dossier["sections"][str(number)], notes.get(str(number), ""), mode) for number in SECTIONS]
    head = html.Header(
        [
            html.H2(_("Dossier de relève")),
            html.Span(context, className="panel-context"),
            html.Span("", id="releve-lues", className="panel-note", role="status"),
        ],
        className="panel-head",
    )
    mark = html.Button(
        [html.Span(_("Marquer la rubrique comme lue"), id="releve-lire-mot"), cap("L")],
        type="button",
        id="releve-lire",
        className="action",
        **{"aria-keyshortcuts": "L"},
    )
    foot = [html.Div(mark, className="post-mark")] if reads else []
    return html.Section(
        [head, html.Div(rows, className="sections", role="list"), html.Div(details, className="section-detail", tabIndex=0), *foot],
        className="panel post-dossier",
        **{"data-testid": "releve"},
    )


def _row(number: int, counts: Sequence[int], *, reads: bool, has_note: bool) -> html.Div:
    mark = (
        [html.Span(className="read-box", **{"aria-hidden": "true"}), html.Span(_("à lire"), className="read-word")]
        if reads
        else [html.Span(_("note") if has_note else "")]
    )
    return html.Div(
        html.Button(
            [
                html.Span(str(number), className="section-number"),
                html.Span(_(SECTIONS[number]), className="section-name"),
                html.Span(" + ".join(map(str, counts)), className="section-count"),
                html.Span(mark, className="section-read"),
            ],
            type="button",
            className="section-row",
            **{"data-rubrique": str(number), "data-testid": f"rubrique-{number}", "data-comptes": " ".join(map(str, counts))},
        ),
        role="listitem",
    )


def _section(number: int, found: dict[str, Any], note: str, mode: str) -> html.Section:
    parts: list[Component] = [html.H3([html.Span(str(number), className="section-number"), _(SECTIONS[number])]), *CONTENTS[number](found, mode)]
    if note:
        parts.append(html.Blockquote([html.Span(_("Note du sortant"), className="place"), html.P(note)], className="post-note"))
    if mode == "outgoing":
        parts.append(_labelled(_("Texte libre pour l’entrant"), html.Textarea(className="field", rows="2", maxLength="2000", **{"data-note": str(number)})))
    return html.Section(parts, className="section", hidden=number != 1, **{"data-detail": str(number)})


def _events(found: dict[str, Any], _mode: str) -> list[Component]:
    rows = [
        _entry(
            [shape(Priority(event["priority"]).word, label="", fixed=True), html.Strong(event["title"])],
            f"{event['number']} · {_(STATUSES.get(event['status'], event['status']))}",
            event["owner_name"] or _("personne"),
        )
        for event in found["events"]
    ]
    return _listed(rows, found["counts"][0], _("Aucun événement ouvert."))


def _masked(found: dict[str, Any], _mode: str) -> list[Component]:
    return [
        html.H4(_("Différées")), *_alarms(found["shelved"], found["counts"][0], _("Aucune alarme différée.")),
        html.H4(_("Inhibées")), *_alarms(found["suppressed"], found["counts"][1], _("Aucune alarme inhibée.")),
    ]  # fmt: skip


def _degraded(found: dict[str, Any], _mode: str) -> list[Component]:
    silent = [
        _entry([icon("plug-connected-x"), html.Strong(one["label"])], _("muet depuis {at}", at=_moment(datetime.fromisoformat(one["silent_since"]))), "")
        for one in found["silent"]
    ]
    return [
        *silent,
        *_alarms(found["out_of_service"], found["counts"][0] - len(silent), "" if silent else _("Aucune liaison muette, aucun équipement hors service.")),
    ]


def _instructions(found: dict[str, Any], mode: str) -> list[Component]:
    return [
        html.H4(_("Temporaires")), *_listed([_instruction(one, mode) for one in found["temporary"]], found["counts"][0], _("Aucune consigne temporaire.")),
        html.H4(_("Permanentes")), *_listed([_instruction(one, mode) for one in found["permanent"]], found["counts"][1], _("Aucune consigne permanente.")), *_instruct(mode),
    ]  # fmt: skip


def _duties(found: dict[str, Any], _mode: str) -> list[Component]:
    rows = [
        _entry([html.Strong(duty["label"])], _(KINDS[Kind(duty["kind"])]), ", ".join(duty["names"]) or _("personne"), is_gap=duty["is_gap"])
        for duty in found["duties"]
    ]
    return _listed(rows, len(rows), _("Aucun tableau d’astreinte."))


def _callbacks(found: dict[str, Any], mode: str) -> list[Component]:
    return [*_listed([_instruction(one, mode) for one in found["callbacks"]], found["counts"][0], _("Aucun rappel à faire.")), *_instruct(mode)]


CONTENTS = {1: _events, 2: _masked, 3: _degraded, 4: _instructions, 5: _duties, 6: _callbacks}


def _alarms(alarms: Sequence[dict[str, Any]], total: int, empty: str) -> list[Component]:
    rows = [
        _entry(
            [shape(Priority(alarm["priority"]).word, label="", fixed=True), html.Strong(_(alarm["title"]))],
            ", ".join(part for part in (alarm["asset"], alarm["reason"]) if part),
            _("jusqu’au {at}", at=_moment(datetime.fromisoformat(alarm["until"]))) if alarm["until"] else "",
        )
        for alarm in alarms
    ]
    return _listed(rows, total, empty)


def _instruction(one: dict[str, Any], mode: str) -> html.Div:
    until = _("jusqu’au {at}", at=_moment(datetime.fromisoformat(one["until"]))) if one["until"] else _("jusqu’à nouvel ordre")
    lift = (
        html.Button(
            _("Fait") if one["kind"] == "callback" else _("Lever"),
            type="button",
            className="action",
            **{"data-post": f"/api/v1/shifts/instructions/{one['id']}/end"},
        )
        if mode in ("outgoing", "double")
        else None
    )
    written = f"{one['created_name']}, {fmt.time(datetime.fromisoformat(one['created_at']))}"
    return html.Div(
        [html.Div([html.Strong(one["title"]), html.Span(until, className="place")], className="instruction-head"), html.P(one["body"]) if one["body"] else None, html.Div([html.Span(written, className="place"), lift], className="instruction-head")],
        className="instruction",
    )  # fmt: skip


def _instruct(mode: str) -> list[Component]:
    if mode not in ("outgoing", "double"):
        return []
    fields = [
        _labelled(_("Nature"), html.Select([html.Option(_(word), value=key) for key, word in KIND_WORDS], className="field", name="kind")),
        _labelled(_("Titre"), entry("title")),
        _labelled(_("Jusqu’au"), entry("until", "datetime-local", kind="moment", required=False)),
        _labelled(_("Texte"), html.Textarea(className="field", rows="2", name="body", maxLength="2000")),
    ]
    form = html.Form(
        [*fields, html.Button(_("Enregistrer"), type="submit", className="action action--primary")],
        className="instruct",
        **{"data-post": "/api/v1/shifts/instructions", "data-said": _("Consigne enregistrée.")},
    )
    return [html.Details([html.Summary(_("Laisser une consigne ou un rappel")), form], className="roster-fold")]


# What is in force, and the signatures ------------------------------------------------------------------------------------


def _right(read: Post, name: str, mode: str) -> html.Section:
    assert read.chosen is not None and read.dossier is not None, "the page has a post"
    duties = [
        html.Div(
            [html.Strong(duty["label"]), html.Span(_(KINDS[Kind(duty["kind"])]), className="place"), html.Span(duty["answers"][0]["name"] if duty["answers"] else _("personne"), className="" if duty["answers"] else "duty-none"), _dial(duty)],
            className="duty-line",
        )
        for duty in read.duties
    ]  # fmt: skip
    waiting = read.dossier["waiting"]
    counts = [
        html.Span([shape(priority.word, label="", fixed=True), html.Strong(str(waiting.get(str(int(priority)), 0)))], className="counter")
        for priority in (Priority.CRITICAL, Priority.MAJOR, Priority.MINOR)
    ]
    return html.Section(
        [
            html.Header(html.H2(_("En vigueur maintenant")), className="panel-head"),
            html.Div([html.H3(_("Astreintes")), *(duties or [html.P(_("Aucun tableau d’astreinte."), className="none")])], className="post-block"),
            html.Div([html.H3(_("Alarmes à acquitter à la relève")), html.Div(counts, className="post-waiting")], className="post-block"),
            html.Div([html.H3(_("Signatures")), html.Div(_signatures(read, name, mode), className="signatures"), html.P(_("Après signature le dossier ne peut plus être modifié. Les deux signatures sont inscrites à la main courante."), className="place")], className="post-block"),
        ],
        className="panel post-right",
    )  # fmt: skip


def _dial(duty: dict[str, Any]) -> Component:
    phone = duty["answers"][0].get("phone") if duty["answers"] else None
    return html.A(phone, href=f"tel:{phone}", className="duty-phone") if phone else html.Span("–", className="place")


def _signatures(read: Post, name: str, mode: str) -> list[Component]:
    assert read.chosen is not None, "a post is chosen"
    if read.signed:
        outgoing = _signature(
            _("Sortant, {name}", name=read.signed["outgoing_name"]), _("signé à {at}", at=fmt.time(read.signed["at"], seconds=True)), is_signed=True
        )
    elif read.chosen["operator_name"]:
        outgoing = _signature(_("Sortant, {name}", name=read.chosen["operator_name"]), _("absent") if mode == "incoming" else _("à signer"))
    else:
        outgoing = _signature(_("Sortant"), _("personne : première prise de poste"))
    incoming = _signature(_("Entrant, {name}", name=name) if mode in ("incoming", "held") else _("Entrant"), _("à signer"), element_id="releve-entrant")
    return [outgoing, incoming]


def _signature(who: str, said: str, *, is_signed: bool = False, element_id: str = "") -> html.Div:
    mark = [icon("check")] if is_signed else []
    texts = html.Div([html.Strong(who), html.Span(said, className="place", **({"id": f"{element_id}-dit"} if element_id else {}))], className="signature-texts")
    return html.Div([*mark, texts], className="signature signature--signed" if is_signed else "signature")


# The foot: what may be done ------------------------------------------------------------------------------------------------


def _foot(read: Post, mode: str) -> html.Footer:
    assert read.chosen is not None, "a post is chosen"
    why = html.Span("", id="releve-pourquoi", className="post-why", role="status")
    refuse = _reasoned(
        "releve-refuser",
        _("Refuser la relève, avec motif"),
        _("Motif du refus"),
        f"/api/v1/shifts/handovers/{read.signed['id']}/refuse" if read.signed else "",
        _("Relève refusée : le chef de salle est prévenu."),
    )
    parts: dict[str, list[Component | None]] = {
        "incoming": [refuse if read.signed else None, why, _button("releve-signer", _("Signer et prendre le poste"), "lock", testid="signer")],
        "held": [html.Span(_("{name} tient ce poste et n’a pas signé la relève.", name=read.chosen["operator_name"]), className="post-why"), _button("releve-rejoindre", _("Rejoindre en double commande"), "users")],
        "outgoing": [_reasoned("poste-fermer", _("Fermer le poste"), _("Motif de la fermeture"), "/api/v1/shifts/close", _("Poste fermé.")), why, _button("releve-sortant", _("Signer la relève"), "edit", testid="signer")],
        "waiting": [html.Span(_("Vous avez signé. Le poste reste à vous jusqu’à la signature de l’entrant."), className="post-why")],
        "double": [_reasoned("poste-fermer", _("Quitter la double commande"), _("Motif"), "/api/v1/shifts/close", _("Double commande quittée.")), html.Span(_("Vous êtes en double commande."), className="post-why")],
    }  # fmt: skip
    return html.Footer(
        [part for part in parts[mode] if part is not None],
        className="post-foot",
        **{"data-answer": "", "data-mode": mode, "data-poste": str(read.chosen["id"])},
    )


def _button(element_id: str, label: str, icon_name: str, testid: str = "") -> html.Button:
    return html.Button(
        [icon(icon_name), label], type="button", id=element_id, className="action action--primary post-sign", **({"data-testid": testid} if testid else {})
    )


def _reasoned(element_id: str, label: str, ask: str, path: str, said: str) -> html.Details:
    form = html.Form(
        [_labelled(ask, entry("reason")), html.Button(label, type="submit", className="action")],
        className="post-reason",
        **{"data-post": path, "data-said": said},
    )
    return html.Details([html.Summary(label, className="action"), form], className="post-fold", id=element_id)


def _labelled(label: str, control: Component) -> html.Label:
    return html.Label([html.Span(label, className="form-label"), control], className="post-field")


def _entry(title: list[Any], said: str, right: str, *, is_gap: bool = False) -> html.Div:
    return html.Div(
        [html.Div(title, className="entry-title"), html.Span(said, className="place"), html.Span(right, className="entry-right")],
        className="dossier-entry dossier-entry--gap" if is_gap else "dossier-entry",
    )


def _listed(rows: list[Any], total: int, empty: str) -> list[Component]:
    if not total:
        return [html.P(empty, className="none")] if empty else []
    more = [html.P(_("… et {count} de plus, à la console", count=total - len(rows)), className="place")] if total > len(rows) else []
    return [*rows, *more]


def _moment(at: datetime) -> str:
    return f"{fmt.day(at)}, {fmt.time(at)}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    return _("{minutes} min {seconds:02d}", minutes=minutes, seconds=rest) if minutes else _("{count} s", count=rest)
