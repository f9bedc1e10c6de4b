import { caseOfOptions, caseOfPlaces, caseOfValues, knownPaths, optionsWithValue } from './posix.ts';
import type { CommandWords } from './words.ts';

/** A script for bash. Addresses with colons need bash-completion to be completed past the first colon. */
export function bashScript(rows: readonly CommandWords[]): string {
  return `# bash completion for nvactl; made by 'nvactl completion bash'
_nvactl() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local candidates='' path=nvactl position=0 skip=0 word i
  if declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref -n : cur prev
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((skip)); then
      skip=0
      continue
    fi
    case "$word" in
    ${optionsWithValue(rows)}) skip=1; continue ;;
    -*) continue ;;
    esac
    case "$path $word" in
    ${knownPaths(rows)}) path="$path $word" ;;
    *) ((position++)) ;;
    esac
  done
  if ((skip)); then
    case "$path $prev" in
${rows.flatMap(caseOfValues).join('\n')}
    esac
  elif [[ $cur == -* ]]; then
    case "$path" in
${rows.map(caseOfOptions).join('\n')}
    esac
  else
    case "$path $position" in
${rows.flatMap(caseOfPlaces).join('\n')}
    esac
  fi
  COMPREPLY=()
  while IFS= read -r word; do
    [[ -n $word ]] && COMPREPLY+=("$word")
  done < <(compgen -W "$candidates" -- "$cur")
  if declare -F __ltrim_colon_completions >/dev/null; then
    __ltrim_colon_completions "$cur"
  fi
}
complete -F _nvactl nvactl
`;
}
