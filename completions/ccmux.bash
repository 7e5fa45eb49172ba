# To install: ccmux completion bash > ~/.local/share/bash-completion/completions/ccmux
# (or put this in ~/.bashrc: source <(ccmux completion bash))

_ccmux() {
  local line value
  COMPREPLY=()
  while IFS= read -r line; do
    value=${line%%$'\t'*}
    if [[ $value != :files ]]; then
      COMPREPLY+=("$value")
      continue
    fi
    compopt -o filenames 2>/dev/null
    while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
  done < <(command ccmux complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ccmux ccmux
