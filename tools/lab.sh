#!/bin/sh
# npm run lab: sets up what the lab needs when one is to be brought up, then starts the lab runner.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
need=build
case "${1-}" in
  '' | help) set -- --help ;;
  up)
    need=lab
    # The image of GoBGP and ExaBGP.
    if grep -rqs 'nvad-peers' --include='*.clab.yml' -- "${2-}"; then need=test; fi
    ;;
esac
exec sh "$root/tools/run.sh" "$need" tools/lab "$@"
