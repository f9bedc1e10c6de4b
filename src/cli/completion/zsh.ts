import { caseOfOptions, caseOfPlaces, caseOfValues, knownPaths, optionsWithValue } from './posix.ts';
import type { CommandWords } from './words.ts';

/** A script for zsh, to be sourced or to be put into a directory of fpath as _nvactl. */
export function zshScript(rows: readonly CommandWords[]): string {
  return `#compdef nvactl
# zsh completion for nvactl; made by 'nvactl completion zsh'
_nvactl_complete() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]}
  local -a line=("\${(@)words}")
  local candidates='' path_so_far=nvactl word
  local -i position=0 skip=0 i
  for ((i = 2; i < CURRENT; i++)); do
    word=\${line[i]}
    if ((skip)); then
      skip=0
      continue
    fi
    case "$word" in
    ${optionsWithValue(rows)}) skip=1; continue ;;
    -*) continue ;;
    esac
    case "$path_so_far $word" in
    ${knownPaths(rows)}) path_so_far="$path_so_far $word" ;;
    *) ((position++)) ;;
    esac
  done
  if ((skip)); then
    case "$path_so_far $prev" in
${rows.flatMap(caseOfValues).join('\n')}
    esac
  elif [[ $cur == -* ]]; then
    case "$path_so_far" in
${rows.map(caseOfOptions).join('\n')}
    esac
  else
    case "$path_so_far $position" in
${rows.flatMap(caseOfPlaces).join('\n')}
    esac
  fi
  compadd -- \${=candidates}
}
if [[ $funcstack[1] == _nvactl ]]; then
  _nvactl_complete "$@"
else
  compdef _nvactl_complete nvactl
fi
`;
}
