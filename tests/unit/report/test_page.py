"""The page: whole in itself, escaped, with words for every figure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from prevalence.provenance import Count, Definition, Source
from prevalence.report.page import Chapter, Figure, Making, Page, Section, TablePart, Topic, html

SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="10"><defs><path id="p1"/></defs><use xlink:href="#p1"/><g clip-path="url(#p1)"/></svg>'
RULE = Definition(indicator="child_labour", name="x", version="1", title="a < b", source="s", status="to be verified")


def page(*, title: str = "Title", publish: bool = True) -> str:
    figures = tuple(Figure(name=f"f{number}", svg=SVG, title="t", alternative='say "one" <two>') for number in (1, 2))
    topic = Topic(title="Prevalence", figures=figures, tables=(TablePart(title="t", html="<table></table>"),))
    section = Section(title="s", headline="h", topics=(topic,))
    making = Making(
        title="m",
        method="how",
        definitions=(RULE,),
        sources=(Source(name="f.sav", sha256="0", rows=1000),),
        counts=(Count(step="keep", rows=2, reason="dropped"),),
        notes=("a note",),
        left_out=("By area: no column.",),
    )
    return html(
        Page(
            title=title,
            publish=publish,
            disclosure=("Not for publication: all shown.",),
            chapters=(Chapter(name="XAA", sections=(section,)),),
            makings=(making,),
            software=(("numpy", "2"),),
        )
    )


def test_title_and_definitions_are_escaped() -> None:
    text = page(title="<script>x</script>")
    assert "<script" not in text
    assert "a &lt; b" in text


def test_ids_are_unique_and_references_hit_them() -> None:
    text = page()
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"(?:href=\"#|url\(#)([^\")]+)", text)) <= set(ids)


def test_every_figure_has_words() -> None:
    assert page().count('role="img" aria-label="say &#34;one&#34; &lt;two&gt;"') == 2


def test_tags_are_balanced() -> None:
    class Balance(HTMLParser):
        open_tags: list[str]

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "br"):
                self.open_tags.append(tag)

        def handle_startendtag(self, tag: str, attrs: object) -> None:
            pass

        def handle_endtag(self, tag: str) -> None:
            assert self.open_tags.pop() == tag

    parser = Balance()
    parser.open_tags = []
    parser.feed(page())
    assert parser.open_tags == []


def test_unpublished_page_says_so_first() -> None:
    assert 'class="banner"' in page(publish=False)
    assert 'class="banner"' not in page(publish=True)


def test_what_was_left_out_dropped_and_noted_is_told() -> None:
    text = page()
    for told in ("By area: no column.", "dropped", "a note", "1,000", "numpy 2"):
        assert told in text


def test_ids_that_come_twice_in_a_figure_go_unless_it_refers_to_them() -> None:
    svg = SVG.replace("<use", '<g id="cell"/><g id="cell"/><use')
    text = str(Figure(name="f", svg=svg, title="t", alternative="a").inline)
    assert re.findall(r'\bid="([^"]+)"', text) == ["f-p1"]
