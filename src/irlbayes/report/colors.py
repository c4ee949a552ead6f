"""Colors of figures by what they are for: Okabe and Ito's, which color-blind eyes tell apart, for light and dark.

Each has a name as a CSS variable, so that a picture inside a page follows the page's theme; `SHEET` sets the dark ones.
"""

from __future__ import annotations

INK, MUTED, GRID, PAPER = "#1b1b1b", "#5f5f5f", "#c9c9c9", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a8a8a"
SHADES = ("#bdbdbd", "#d9d9d9", "#f0f0f0")  # from near to far, of regions that stay behind
SUNSET = ("#f2b48a", "#fadcc6", "#d3e3f0", "#94bfde")  # from low power to high

# Color: its CSS variable, and what it becomes on a dark page.
THEME: dict[str, tuple[str, str]] = {
    INK: ("--figure-ink", "#ececec"),
    MUTED: ("--figure-muted", "#b4b4b4"),
    GRID: ("--figure-grid", "#4a4a4a"),
    PAPER: ("--figure-paper", "#161616"),
    BLUE: ("--figure-blue", "#56b4e9"),
    ORANGE: ("--figure-orange", "#e98a45"),
    GREEN: ("--figure-green", "#2fc79b"),
    PURPLE: ("--figure-purple", "#dd9dc0"),
    GREY: ("--figure-grey", "#9a9a9a"),
    SHADES[0]: ("--figure-shade-near", "#5c5c5c"),
    SHADES[1]: ("--figure-shade-middle", "#434343"),
    SHADES[2]: ("--figure-shade-far", "#2b2b2b"),
    SUNSET[0]: ("--figure-power-lowest", "#6b3a1a"),
    SUNSET[1]: ("--figure-power-low", "#41291a"),
    SUNSET[2]: ("--figure-power-high", "#1c2f3f"),
    SUNSET[3]: ("--figure-power-highest", "#26516f"),
}


def _rules(selector: str) -> str:
    return f"{selector} {{ {' '.join(f'{name}: {dark};' for name, dark in THEME.values())} }}"


_BY_SETTING = f"@media (prefers-color-scheme: dark) {{ {_rules(':root:not([data-theme=light])')} }}"
SHEET = f"{_BY_SETTING}\n{_rules('[data-theme=dark]')}\n"
"""Style sheet for a page that holds figures as inline SVG: dark by the reader's setting, or by ``data-theme``."""
