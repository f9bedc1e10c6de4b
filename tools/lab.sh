#!/bin/sh
# npm run lab: sets up what the lab needs when one is to be brought up, then starts the lab runner.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
need=build
if [ "${1-}" = up ]; then
  need=lab
  # The image of GoBGP and ExaBGP.
  if grep -rqs 'nvad-peers' --include='*.clab.yml' -- "${2-}"; then need=test; fi
fi
sh "$root/tools/setup.sh" "$need" || exit
exec "$root/node_modules/.bin/node" "$root/tools/lab/main.ts" "$@"
