"""Parts of a page that come as markup: what is written is what is read, whatever the text; and the script that puts them in their place."""

from html.parser import HTMLParser

import pytest
from dash import dcc, html
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from layouts.still import ATTRIBUTE, drawn_still, element, entry, markup, still
from tests.screens.harness import ROOT

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")))


class Read(HTMLParser):
    """What a browser would read: elements with their attributes, and text."""

    def __init__(self, written: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(str(written))  # Markup would escape what the parser takes apart.
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(TEXTS, TEXTS)
def test_any_text_stays_text_in_content_and_in_attributes(content: str, title: str):
    read = Read(markup(html.P(["«", html.Span(content), "»"], title=title)))
    assert read.text == f"«{content}»"
    assert read.elements == [("p", {"title": title}), ("span", {})]


def test_attributes_have_the_names_of_html():
    part = html.Label(
        html.Textarea(id="motif", className="field", maxLength=20, rows=2, tabIndex=-1, hidden=True, disabled=False, style={"--icon": "url(a)", "fontSize": "1rem"}),
        htmlFor="motif", **{"aria-label": "Motif", "data-testid": "m"},
    )  # fmt: skip
    assert Read(markup(part)).elements == [
        ("label", {"for": "motif", "aria-label": "Motif", "data-testid": "m"}),
        (
            "textarea",
            {"id": "motif", "class": "field", "maxlength": "20", "rows": "2", "tabindex": "-1", "hidden": None, "style": "--icon:url(a);font-size:1rem"},
        ),
    ]


def test_what_is_said_to_a_screen_reader_is_said_when_it_is_false_too():
    part = html.Div(hidden=False, **{"aria-hidden": False, "data-vide": True})
    assert Read(markup(part)).elements == [("div", {"aria-hidden": "false", "data-vide": "true"})]


def test_a_field_of_one_line_has_no_end():
    assert entry("lieu", type="search") == '<input id="lieu" type="search" class="field" autocomplete="off">'
    assert element("input", {"type": "radio", "value": 'a"b'}) == '<input type="radio" value="a&#34;b">'


def test_a_part_keeps_what_it_is_and_loses_its_children():
    part = still(html.Section([html.H2("Détail"), None, False, 3], id="detail", className="panel"))
    assert (part.id, part.className, part.children, getattr(part, ATTRIBUTE)) == ("detail", "panel", None, "<h2>Détail</h2>3")
    assert getattr(drawn_still(lambda: html.Ul(html.Li("un")))(), ATTRIBUTE) == "<li>un</li>"


@pytest.mark.parametrize("part", [dcc.Input(id="a"), html.Div(dcc.Store(id="b")), html.Button(id={"type": "revoquer", "session": 1})])
def test_what_a_library_draws_or_several_share_is_refused(part):
    with pytest.raises(TypeError):
        markup(part)


def test_the_script_puts_each_part_in_its_place_as_often_as_it_changes(browser: Browser):
    page = browser.new_page()
    page.set_content('<div id="ici" data-still="&lt;p id=un&gt;a &amp;amp; b&lt;/p&gt;"></div>')
    page.add_script_tag(path=ROOT / "assets/js/02-still.js")
    assert page.text_content("#ici #un") == "a & b"
    told = page.evaluate(
        """async () => {
          const place = document.getElementById("ici"), later = document.createElement("section"), settled = () => new Promise((done) => setTimeout(done));
          place.setAttribute("data-still", "<b>deux</b>");
          later.innerHTML = '<div data-still="&lt;i&gt;trois&lt;/i&gt;"></div>';
          document.body.append(later);
          await settled();
          const read = [place.innerHTML, later.firstChild.innerHTML, document.querySelectorAll("[data-still]").length];
          place.setAttribute("data-still", "");
          await settled();
          return [...read, place.innerHTML];
        }"""
    )
    assert told == ["<b>deux</b>", "<i>trois</i>", 0, ""]
    page.close()
