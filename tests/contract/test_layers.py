"""Every layer that is dropped in `hypervisor/layers/` keeps these promises. Parametrised by discovery: a new folder is tested by being there."""

import json
import shutil
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from hypervisor import layers, registry
from hypervisor.domain import units
from hypervisor.domain.alarm import WITHIN_THE_HOUR, Priority, Stake
from hypervisor.domain.layer import Layer
from hypervisor.errors import BadConfiguration
from layouts.parts import exploration

FOLDER = Path(layers.__file__).parent
ALL = list(layers.all_layers().values())
MEASURES = {"share_active", "mean", "sum", "count_above", "share_fresh"}

every_layer = pytest.mark.parametrize("layer", ALL, ids=lambda layer: layer.key)


def properties_of(layer: Layer, kind: str) -> tuple[str, ...]:
    return layer.kind(kind).properties


@every_layer
def test_keys_are_unique_and_kinds_name_only_declared_properties(layer: Layer) -> None:
    for things in (layer.kinds, layer.properties, layer.rules, layer.headlines):
        keys = [thing.key for thing in things]
        assert len(keys) == len(set(keys)), f"a key is declared twice in {keys}"
    declared = {prop.key for prop in layer.properties}
    used = {key for kind in layer.kinds for key in kind.properties}
    assert used == declared


@every_layer
def test_an_attribute_on_the_wire_means_one_property_of_a_kind(layer: Layer) -> None:
    for kind in layer.kinds:
        attributes = [layer.property_of(key).attribute for key in kind.properties]
        assert len(attributes) == len(set(attributes)), f"{kind.key}: {attributes}"


@every_layer
def test_a_rule_s_priority_is_that_of_its_consequence_and_time_to_respond(layer: Layer) -> None:
    for rule in layer.rules:
        assert rule.stake is not None, f"{rule.key} does not say what happens if nobody answers"
        assert rule.alarm_priority() is rule.priority, rule.key


@every_layer
def test_the_time_to_respond_agrees_with_the_consequence(layer: Layer) -> None:
    """What waits for working hours leaves an hour at least; a degraded service or a danger says how long there is; information asks for nothing (screens.md B.4)."""
    for rule in layer.rules:
        if rule.stake is Stake.NONE:
            assert rule.decide_within is None, f"{rule.key}: nobody has to act, yet there is a time to act"
        else:
            assert rule.decide_within is not None, f"{rule.key}: how long is there to act?"
            assert rule.stake is not Stake.REPAIR or rule.decide_within >= WITHIN_THE_HOUR, f"{rule.key} waits for working hours and does not leave an hour"


@every_layer
def test_units_are_known_and_what_comes_without_a_unit_can_be_converted(layer: Layer) -> None:
    for prop in layer.properties:
        assert (prop.unit or "1") in units.UNITS
        assert isinstance(units.convert(0.5, prop.wire_unit or prop.unit, prop.unit), float)
        assert prop.low < prop.high
        assert prop.period.total_seconds() > 0


@every_layer
def test_words_have_each_their_code_their_label_and_their_place_within_the_bounds(layer: Layer) -> None:
    for prop in layer.properties:
        codes = list(prop.words.values())
        assert len(codes) == len(set(codes)), f"{prop.key}: two words share a code"
        assert codes == sorted(codes), f"{prop.key}: codes are in the order of the table"
        assert set(prop.word_labels) == set(prop.words)
        assert all(prop.low <= code <= prop.high for code in codes)
        assert not (prop.words and prop.unit), f"{prop.key}: a word has no unit"


@every_layer
def test_what_the_map_watches_belongs_to_the_kind(layer: Layer) -> None:
    for kind in layer.kinds:
        assert kind.shape in {"point", "line", "area"}
        if kind.active:
            assert kind.active[0] in kind.properties
            assert layer.property_of(kind.active[0]).low <= kind.active[1] <= layer.property_of(kind.active[0]).high
        if kind.staleness:
            assert kind.staleness in kind.properties


@every_layer
def test_rules_speak_of_existing_kinds_and_properties_within_physical_bounds(layer: Layer) -> None:
    by_key = {rule.key: rule for rule in layer.rules}
    for rule in layer.rules:
        if rule.comparison == "count":
            assert by_key[rule.members].comparison != "count" and rule.threshold - rule.hysteresis >= 1, f"{rule.key}: counts nothing, or never ends"
            continue
        assert rule.property in properties_of(layer, rule.kind), rule.key
        assert rule.comparison in {"above", "below", "silent"}
        prop = layer.property_of(rule.property)
        if rule.comparison == "silent":
            assert rule.duration > 1.5 * prop.period, f"{rule.key}: raised while the source is merely late"
        else:
            assert prop.low <= rule.threshold <= prop.high, rule.key
            released_at = rule.threshold + (rule.hysteresis if rule.comparison == "below" else -rule.hysteresis)
            assert prop.low <= released_at <= prop.high, f"{rule.key}: can never end"
            assert not prop.words or (rule.threshold in prop.words.values() and rule.hysteresis == 0), (
                f"{rule.key}: a word is not compared with a number between words"
            )


@every_layer
def test_every_rule_tells_the_operator_why_it_matters_and_what_to_do(layer: Layer) -> None:
    for rule in layer.rules:
        assert rule.title
        assert rule.consequence.endswith(".")
        assert rule.action.endswith(".")
        assert rule.source
        asks_for_a_decision = rule.priority is not Priority.INFO
        assert (rule.decide_within is not None) == asks_for_a_decision, f"{rule.key}: information asks for nothing, an alarm says by when"


@every_layer
def test_a_threshold_of_the_asset_is_an_attribute_shown_on_its_sheet(layer: Layer) -> None:
    for rule in layer.rules:
        if rule.threshold_attribute:
            assert rule.threshold_attribute in dict(layer.kind(rule.kind).details)


@every_layer
def test_headlines_say_how_they_are_computed_and_what_they_are_compared_with(layer: Layer) -> None:
    for headline in layer.headlines:
        assert headline.measure in MEASURES
        assert headline.property in properties_of(layer, headline.kind)
        assert headline.formula.endswith(".")
        assert (headline.reference is None) == (not headline.reference_label)
        assert headline.measure != "count_above" or headline.at_least is not None
        assert headline.measure != "share_active" or layer.kind(headline.kind).active


@every_layer
def test_the_icon_is_a_drawing_in_the_colour_of_its_place(layer: Layer) -> None:
    drawing = ElementTree.parse(FOLDER / layer.key / "icon.svg").getroot()
    assert drawing.tag.endswith("svg")
    assert drawing.get("fill") == "currentColor"
    assert drawing.get("viewBox") == "0 0 24 24"


@every_layer
def test_the_sample_shows_one_asset_of_each_kind(layer: Layer) -> None:
    features = json.loads((FOLDER / layer.key / "sample.geojson").read_text())["features"]
    shown = {(feature["properties"]["kind"], feature["properties"]["type"]) for feature in features}
    assert shown == {(kind.key, kind.ngsi_type) for kind in layer.kinds}
    for feature in features:
        extra = set(feature["properties"]) - {"type", "kind", "name"}
        assert extra <= set(dict(layer.kind(feature["properties"]["kind"]).details)), feature["id"]


def test_layers_do_not_share_an_ngsi_type_or_a_place_in_lists() -> None:
    types = [kind.ngsi_type for layer in ALL for kind in layer.kinds]
    assert len(types) == len(set(types))
    assert len({layer.order for layer in ALL}) == len(ALL)


@pytest.fixture
def shelf(tmp_path: Path) -> ModuleType:
    """A copy of the layers' folder, so that a test may drop folders into it."""
    copied = tmp_path / "layers"
    shutil.copytree(FOLDER, copied, ignore=shutil.ignore_patterns("__pycache__"))
    module = ModuleType("copied_layers")
    module.__path__ = [str(copied)]
    sys.modules["copied_layers"] = module
    yield module
    for name in [name for name in sys.modules if name.split(".")[0] == "copied_layers"]:
        del sys.modules[name]


SIXTH = """
from hypervisor.domain.layer import Kind, Layer, Property
LAYER = Layer(key="{key}", label="Espaces verts", icon="park", order=6, kinds=(Kind(key="tree", label="Arbre", plural="Arbres", ngsi_type="Tree", icon="park", properties=("moisture",)),),
              properties=(Property(key="moisture", label="Humidité", unit="%", low=0, high=100),))
"""


def drop(shelf: ModuleType, folder: str, declaration: str) -> None:
    place = Path(shelf.__path__[0]) / folder
    place.mkdir()
    (place / "__init__.py").write_text(declaration)


def test_a_sixth_layer_is_found_by_dropping_its_folder(shelf: ModuleType) -> None:
    drop(shelf, "green_spaces", SIXTH.format(key="green_spaces"))
    found = registry.discover(shelf, "LAYER")
    assert set(found) == {layer.key for layer in ALL} | {"green_spaces"}
    test_keys_are_unique_and_kinds_name_only_declared_properties(found["green_spaces"])
    test_units_are_known_and_what_comes_without_a_unit_can_be_converted(found["green_spaces"])


@pytest.mark.parametrize("declaration", [SIXTH.format(key="trees"), "# nothing declared\n"], ids=["another key", "no declaration"])
def test_a_folder_that_does_not_declare_itself_stops_the_start_with_its_name(shelf: ModuleType, declaration: str) -> None:
    drop(shelf, "green_spaces", declaration)
    with pytest.raises(BadConfiguration, match="green_spaces"):
        registry.discover(shelf, "LAYER")


@every_layer
def test_a_ready_question_asks_what_the_layer_can_answer(layer: Layer) -> None:
    for question in layer.questions:
        asked = parse_qs(question.asked)
        assert set(asked) <= {"onglet", "s", "couche", "grandeur", "mesure", "genre", "par", "grille"}
        assert asked["onglet"][0] in {key for key, _label in exploration.TABS}
        assert set(asked.get("couche", [layer.key])) == {layer.key}
        assert asked.get("mesure", ["mean"])[0] in {key for key, _label in exploration.MEASURES}
        assert asked.get("par", ["day"])[0] in {key for key, _label in exploration.GROUPS}
        series = [one.split(":") for one in asked.get("s", [])]
        assert all(one[:2] == ["layer", layer.key] for one in series)
        properties = [one[2] for one in series] + asked.get("grandeur", [])
        assert properties
        for key in properties:
            assert key in {prop.key for prop in layer.properties}
            assert all(key in properties_of(layer, kind) for kind in asked.get("genre", []))
        assert len(series) == 2 or asked["onglet"] != ["correlation"]
