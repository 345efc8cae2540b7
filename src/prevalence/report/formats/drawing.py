"""Drawings within a page of HTML."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from prevalence.report.formats.layout import clean


def inline(svg: str, name: str, alternative: str) -> Markup:
    """Return an SVG file as an element of a page; ids that it refers to get the name of the figure, others go: they may come twice.

    Parameters
    ----------
    svg : str
        The content of the file.
    name : str
        Of the figure, unique on the page.
    alternative : str
        What it shows, for those who cannot see it.
    """
    body = svg[svg.index("<svg") :]
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    body = re.sub(r'\sid="([^"]*)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)', lambda found: f"{found[1]}{name}-", body)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, count=1, flags=re.DOTALL)
    return Markup(body.replace("<svg ", f'<svg role="img" aria-label="{escape(clean(alternative))}" ', 1))
