"""Completion scripts for bash, zsh and fish, made from the options and the catalogue."""

from __future__ import annotations

from ..executors.catalog import TOOLS
from .parser import ask_parser
from .subcommands import COMMANDS

_BASH = """\
_ask() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
  case "$before" in
    --tool) COMPREPLY=($(compgen -W "{tools}" -- "$word")); return ;;
    --completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")); return ;;
    --repo) COMPREPLY=($(compgen -d -- "$word")); return ;;
    --batch|--trace) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "{options}" -- "$word")); fi
}}
_codeask() {{
  if [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W "{commands}" -- "${{COMP_WORDS[1]}}"))
  elif [[ "${{COMP_WORDS[1]}}" == ask ]]; then
    _ask
  elif [[ "${{COMP_WORDS[1]}}" == tools ]]; then
    COMPREPLY=($(compgen -W "{tools}" -- "${{COMP_WORDS[COMP_CWORD]}}"))
  fi
}}
complete -F _ask ask
complete -F _codeask codeask
"""


def script(shell: str) -> str:
    """The completion script of `bash`, `zsh` or `fish`."""
    options = [o for action in ask_parser()._actions for o in action.option_strings]
    bash = _BASH.format(
        tools=" ".join(TOOLS), options=" ".join(options), commands=" ".join(COMMANDS)
    )
    if shell == "bash":
        return bash
    if shell == "zsh":  # zsh runs bash's completion functions as they are
        return f"autoload -Uz compinit bashcompinit\ncompinit\nbashcompinit\n{bash}"
    return _fish()


def _fish() -> str:
    lines = []
    for action in ask_parser()._actions:
        for option in action.option_strings:
            if not option.startswith("--"):
                continue
            values = {"tool": " ".join(TOOLS), "completion": "bash zsh fish"}.get(action.dest, "")
            given = f" -x -a '{values}'" if values else " -r" if action.nargs != 0 else ""
            text = (action.help or "").replace("\\", "\\\\").replace("'", "\\'")
            lines.append(f"complete -c ask -l {option[2:]}{given} -d '{text}'")
    lines.append(f"complete -c codeask -n __fish_use_subcommand -x -a '{' '.join(COMMANDS)}'")
    return "\n".join(lines) + "\n"
