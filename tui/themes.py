"""The colour themes: two of our own, and one of high contrast; Textual's are there as well.

Nothing is told by colour alone, so that `NO_COLOR` and every theme say the same.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="codeask-dark",
    primary="#7aa2f7",
    secondary="#9ece6a",
    accent="#e0af68",
    foreground="#d5d9e6",
    background="#14161d",
    surface="#1a1d26",
    panel="#232735",
    success="#9ece6a",
    warning="#e0af68",
    error="#f7768e",
    dark=True,
)
LIGHT = Theme(
    name="codeask-light",
    primary="#2456b8",
    secondary="#3f6f14",
    accent="#8a5300",
    foreground="#1d2230",
    background="#fbfbf8",
    surface="#f1f1ec",
    panel="#e4e4dc",
    success="#3f6f14",
    warning="#8a5300",
    error="#a8123a",
    dark=False,
)
CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffff00",
    error="#ff8080",
    dark=True,
    variables={
        "border": "#ffffff",
        "border-blurred": "#c0c0c0",
        "block-cursor-background": "#ffffff",
        "block-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#404040",
        "block-cursor-blurred-foreground": "#ffffff",
        "footer-key-foreground": "#ffff00",
    },
)
OURS = (DARK, LIGHT, CONTRAST)
DEFAULT = DARK.name
