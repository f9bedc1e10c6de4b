# Sourced by the programs beside it: starts one with the project's own Node, however old the system's is.
# launch PROGRAM SCRIPT ARGUMENTS...
launch() {
  program=$1
  script=$root/$2
  shift 2
  if [ ! -d "$root/node_modules" ]; then
    echo "$program: not installed yet; run 'npm ci && npm run build' in $root first" >&2
    exit 1
  fi
  # Installed by a script of the package `node`, which `npm ci --ignore-scripts` leaves out.
  if [ ! -x "$root/node_modules/.bin/node" ]; then
    echo "$program: the project's own Node is missing, since npm left out install scripts;" \
      "run 'npm rebuild --ignore-scripts=false node' in $root" >&2
    exit 1
  fi
  if [ ! -f "$script" ]; then
    echo "$program: not built yet; run 'npm run build' in $root first" >&2
    exit 1
  fi
  exec "$root/node_modules/.bin/node" "$script" "$@"
}
