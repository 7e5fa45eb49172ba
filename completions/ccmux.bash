# To install: ccmux completion bash > ~/.local/share/bash-completion/completions/ccmux
# (or put this in ~/.bashrc: source <(ccmux completion bash))

_ccmux() {
  local line value IFS=$'\n'
  COMPREPLY=()
  for line in $(command ccmux complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
    value=${line%%$'\t'*}
    case $value in
      :files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")) ;;
      *,) compopt -o nospace 2>/dev/null; COMPREPLY+=("$value") ;;
      *) COMPREPLY+=("$value") ;;
    esac
  done
}
complete -F _ccmux ccmux
