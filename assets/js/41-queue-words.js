// What the queue shows of a row: the words of states and masks, the value of each column, and the two cells that are drawn.
(function () {
  "use strict";
  const Desk = window.Desk;

  const EVENT_WORDS = () => ({ new: HV.t("À qualifier"), in_progress: HV.t("en cours"), on_hold: HV.t("en attente"), resolved: HV.t("résolu"), closed: HV.t("clos"), merged: HV.t("regroupé"), false_positive: HV.t("fausse alarme") });
  const STATE_WORDS = () => ({
    unacknowledged: HV.t("Non acquittée"), acknowledged: HV.t("Acquittée"), returned_unacknowledged: HV.t("Revenue, à acquitter"), normal: HV.t("Revenue à la normale"),
    latched: HV.t("Verrouillée, à réarmer"), latched_unacknowledged: HV.t("Verrouillée, à acquitter"),
    shelved: HV.t("Différée"), suppressed_by_design: HV.t("Inhibée"), out_of_service: HV.t("Hors service"),
  });
  Desk.stateWord = (alarm) => STATE_WORDS()[alarm.state] || alarm.state;
  Desk.maskWord = function (mask) {
    const word = STATE_WORDS()[{ shelved: "shelved", suppressed: "suppressed_by_design", out_of_service: "out_of_service" }[mask.mask]];
    return mask.once || !mask.until ? word : HV.t("{word} jusqu’à {h}", { word, h: HV.hour(Date.parse(mask.until), Desk.now()) });
  };
  // Work is one line for who reads it (screens.md B.3): while the event is open, how far the field has come.
  Desk.eventWord = (event) => (event.status === "in_progress" && Desk.fieldWord && Desk.fieldWord(event)) || EVENT_WORDS()[event.status] || event.status;
  Desk.duration = function (ms) {
    const s = Math.floor(Math.abs(ms) / 1000);
    return s < 36000 ? HV.age(Math.abs(ms)).replace(/^0(\d)/, "$1") : s < 172800 ? Math.floor(s / 3600) + "\u00A0h" : Math.floor(s / 86400) + "\u00A0j";
  };

  // What each column shows; the grid redraws a cell when its value changes.
  const VigieQueue = {
    mark: (data) => [data.priority, data.alarm ? data.alarm.state : "acknowledged", Desk.isCut()].join("|"),
    hour: (data) => HV.hour(data.raised, Desk.now()),
    title: (data) => [data.title, data.place, data.icon, ...(Desk.isTight ? [stands(data)] : [])].join("|"),
    age: (data) => Desk.duration(Desk.now() - data.raised),
    state: function (data) {
      if (data.mask) return Desk.maskWord(data.mask);
      if (data.waits && !(data.event && data.event.owner)) return Desk.stateWord(data.alarm);
      if (data.event && data.event.owner) return data.event.owner_name + " · " + Desk.eventWord(data.event);
      if (data.alarm && data.alarm.priority === "info") return HV.t("Information");
      if (data.alarm && data.alarm.acknowledged_name) return HV.t("Acquittée · {name}", { name: data.alarm.acknowledged_name });
      return data.alarm ? Desk.stateWord(data.alarm) : Desk.eventWord(data.event);
    },
    // Who was told last that nobody acknowledges, and when.
    told: function (data) {
      const last = data.alarm && data.alarm.escalation;
      if (!last || last.rung === "louder") return "";
      const who = last.tells === "chief" ? HV.t("Chef de salle") : last.tells === "service" ? HV.t("Service") : last.name || HV.t("Personne");
      return who + " " + HV.time(last.at);
    },
    left: function (data) {
      if (!data.decide || (data.alarm && data.alarm.acknowledged && data.event)) return "–";
      const left = data.decide - Desk.now();
      return left < 0 ? HV.t("dépassé") : Desk.duration(left);
    },
  };
  // Where columns have no room (41-queue-fit.js): how the event stands, and what is left to decide.
  const stands = function (data) {
    const left = VigieQueue.left(data);
    const time = left === "–" ? "" : left === HV.t("dépassé") ? HV.t("délai dépassé") : HV.t("reste {d}", { d: left });
    return [VigieQueue.state(data), time].filter(Boolean).join(" · ");
  };
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, { VigieQueue });

  // Cells -----------------------------------------------------------------------------------------------------------
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const filled = (className, fill) => React.createElement("span", { className, ref: (span) => span && span.replaceChildren(...fill()) });
  cells.VigieSeverity = function (props) {
    const { priority, alarm } = props.data;
    return filled("severity", () => [HV.shape({ severity: priority, state: alarm ? alarm.state : "acknowledged", stale: Desk.isCut() })]);
  };
  cells.VigieTitle = function (props) {
    const e = React.createElement;
    return e("span", { className: "two-lines" }, e("span", { className: "event-title", title: props.data.title }, props.data.title),
      e("span", { className: "event-place", title: props.data.place }, filled("event-icon", () => [HV.icon(props.data.icon)]), e("span", null, props.data.place)),
      Desk.isTight ? e("span", { className: "event-stands" }, stands(props.data)) : null);
  };
})();
