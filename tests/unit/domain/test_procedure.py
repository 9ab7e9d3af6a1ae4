"""The laws of a procedure's run: branches, timers, what closing waits for. The ready ones run to their end, each branch."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypervisor import layers
from hypervisor.domain.procedure import TRANSITIONS, Act, Action, Impossible, Procedure, State, Step, after, filled, left_open, standings
from hypervisor.errors import InvalidRequest
from hypervisor.imports import procedures as files

START = datetime(2026, 2, 11, 17, 4, tzinfo=UTC)
READY = [(layer, procedure) for layer in layers.all_layers() for procedure in files.ready(layer)]
LEAK = Procedure(
    key="FR-EAU-99",
    title="Fuite",
    steps=[
        Step(key="confirm", text="Confirmer", answers={"yes": "Oui", "no": "Non"}, within_min=5),
        Step(key="call", text="Appeler", when={"confirm": ["yes"]}, within_min=10),
        Step(key="tell", text="Prévenir", mandatory=False),
        Step(key="check", text="Vérifier", when={"confirm": ["yes"]}, after="call", within_min=60),
    ],
)


def act(step: str, verb: str = "do", minute: int = 1, **words: str) -> Act:
    return Act(step=step, verb=verb, at=START + timedelta(minutes=minute), by="Mme Petit", **words)


def states(procedure: Procedure, *acts: Act) -> dict[str, str]:
    return {one.step.key: one.state.value for one in standings(procedure, START, acts)}


def test_a_branch_waits_for_its_question_then_opens_or_is_left_out() -> None:
    assert states(LEAK) == {"confirm": "open", "call": "waiting", "tell": "open", "check": "waiting"}
    assert states(LEAK, act("confirm", "answer", answer="yes"))["call"] == "open"
    assert states(LEAK, act("confirm", "answer", answer="no"))["call"] == "excluded"
    assert states(LEAK, act("confirm", "skip", reason="vu à la caméra"))["call"] == "excluded"


def test_a_question_answered_otherwise_finds_the_steps_as_they_were_left() -> None:
    done = [act("confirm", "answer", 1, answer="yes"), act("call", "do", 2), act("confirm", "undo", 3, reason="erreur")]
    assert states(LEAK, *done)["call"] == "waiting"
    assert states(LEAK, *done, act("confirm", "answer", 4, answer="no"))["call"] == "excluded"
    assert states(LEAK, *done, act("confirm", "answer", 4, answer="yes"))["call"] == "done"


def test_closing_waits_for_the_mandatory_steps_of_the_branch_taken_alone() -> None:
    keys = lambda *acts: [one.step.key for one in left_open(standings(LEAK, START, acts))]  # noqa: E731
    assert keys() == ["confirm"]
    assert keys(act("confirm", "answer", answer="no")) == []
    assert keys(act("confirm", "answer", answer="yes")) == ["call", "check"]
    assert keys(act("confirm", "answer", answer="yes"), act("call", "skip", reason="déjà prévenue"), act("check")) == []


def test_a_step_is_late_from_the_moment_it_opened_or_from_the_step_it_follows() -> None:
    due = lambda *acts: {one.step.key: one.due_at for one in standings(LEAK, START, acts)}  # noqa: E731
    assert due()["confirm"] == START + timedelta(minutes=5)
    yes = act("confirm", "answer", 3, answer="yes")
    assert due(yes)["call"] == START + timedelta(minutes=3 + 10)
    assert due(yes)["check"] is None
    assert due(yes, act("call", "do", 8))["check"] == START + timedelta(minutes=8 + 60)
    assert due(yes, act("call", "do", 8))["call"] is None, "a step that is done is not late"


def test_pressing_a_button_settles_nothing() -> None:
    one = standings(LEAK, START, [act("tell", "act", reason="Police")])[2]
    assert (one.state, [each.reason for each in one.acted]) == (State.OPEN, ["Police"])


@pytest.mark.parametrize("verb", TRANSITIONS)
@pytest.mark.parametrize("state", State)
def test_a_verb_absent_from_the_table_is_impossible(verb: str, state: State) -> None:
    if state in TRANSITIONS[verb]:
        assert after(verb, state) in State
    else:
        with pytest.raises(Impossible):
            after(verb, state)


def test_prepared_words_take_those_of_the_event_and_nothing_else() -> None:
    assert filled("{number} : {place} {autre}", {"number": "EV-1", "place": "rue {number}"}) in ("EV-1 : rue {number} {autre}", "EV-1 : rue EV-1 {autre}")


# The ready ones ------------------------------------------------------------------------------------------------------------


def test_there_are_twelve_ready_procedures_over_the_five_layers() -> None:
    assert len(READY) == 12
    assert {layer for layer, _procedure in READY} == set(layers.all_layers())
    assert len({procedure.key for _layer, procedure in READY}) == 12


def ends(procedure: Procedure, acts: tuple[Act, ...] = ()) -> list[tuple[Act, ...]]:
    """Every way through a procedure: at each open step, every answer is given."""
    step = next((one.step for one in standings(procedure, START, acts) if one.state is State.OPEN), None)
    if step is None:
        return [acts]
    minute = len(acts) + 1
    choices = [act(step.key, "answer", minute, answer=answer) for answer in step.answers] or [act(step.key, "do", minute)]
    return [end for choice in choices for end in ends(procedure, (*acts, choice))]


@pytest.mark.parametrize(("layer", "procedure"), READY, ids=[procedure.key for _layer, procedure in READY])
def test_each_branch_of_a_ready_procedure_runs_to_its_end(layer: str, procedure: Procedure) -> None:
    taken = set()
    for acts in ends(procedure):
        standing = standings(procedure, START, acts)
        assert {one.state for one in standing} <= {State.DONE, State.EXCLUDED}
        assert left_open(standing) == []
        taken |= {one.step.key for one in standing if one.state is State.DONE}
    assert taken == {step.key for step in procedure.steps}, "a step that no answer leads to"
    assert len(procedure.steps) <= 9, "keys 1 to 9 tick a step"


def test_each_cause_that_a_ready_procedure_names_exists_and_has_one_procedure() -> None:
    from hypervisor.operations.event_types import BY_KEY

    causes = [cause for _layer, procedure in READY for cause in procedure.causes]
    assert len(causes) == len(set(causes))
    for layer, procedure in READY:
        known = {rule.key for rule in layers.all_layers()[layer].rules} | {key for key, kind in BY_KEY.items() if kind.layer == layer}
        assert set(procedure.causes) <= known


@given(
    st.lists(st.tuples(st.sampled_from(["confirm", "call", "tell", "check"]), st.sampled_from(list(TRANSITIONS)), st.sampled_from(["yes", "no"])), max_size=12)
)
def test_whatever_lawful_acts_are_done_the_fold_agrees_with_the_table(tries: list[tuple[str, str, str]]) -> None:
    acts: list[Act] = []
    for minute, (key, verb, answer) in enumerate(tries):
        before = next(one for one in standings(LEAK, START, acts) if one.step.key == key)
        if before.state not in TRANSITIONS[verb] or ((verb == "answer") != bool(before.step.answers) and verb in ("do", "answer")):
            continue
        acts.append(act(key, verb, minute, answer=answer if verb == "answer" else ""))
        now = next(one for one in standings(LEAK, START, acts) if one.step.key == key)
        assert now.state is TRANSITIONS[verb][before.state]


# What YAML is refused for ---------------------------------------------------------------------------------------------------


def step(**changes: object) -> str:
    return f"- {{key: FR-X-01, title: T, steps: [{{key: a, text: A, answers: {{o: O, n: N}}}}, {{key: b, text: B, {', '.join(f'{k}: {v}' for k, v in changes.items())}}}]}}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"when": "{a: [x]}"}, "que l’étape a n’a pas"),
        ({"when": "{z: [o]}"}, "ne la précède pas.: z"),
        ({"after": "b"}, "ne la précède pas.: b"),
        ({"within_min": "-1"}, "positif"),
        ({"answers": "{o: O}"}, "deux réponses"),
        ({"action": "{do: message, who: X}"}, "demande «.text.»"),
        ({"action": "{do: call, who: X, tel: '03 53'}"}, "sans espaces"),
        ({"action": "{do: message, who: X, text: '{street}'}"}, "street, qui n’existe pas"),
        ({"action": "{do: fly}"}, "forme attendue"),
        ({"surprise": "1"}, "forme attendue"),
    ],
)
def test_a_faulty_procedure_is_refused_with_its_step_and_the_reason(changes: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        files.read(step(**changes))


def test_what_is_written_again_reads_the_same() -> None:
    from hypervisor.queries.procedures import as_yaml

    for _layer, procedure in READY:
        assert files.read(as_yaml(procedure)) == [procedure]
    assert files.read(as_yaml(LEAK)) == [LEAK]
    assert Action(do="call", who="X") == Action(do="call", who="X", tel="")
