#!/bin/sh
# sh tools/run.sh NEED FOLDER [ARG...]: sets up what the program in FOLDER needs (see tools/setup.sh) and starts it.
# Asked for help it prints FOLDER/help.txt, for which nothing has to be set up.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
need=$1 folder=$2
shift 2
for word; do
  case $word in
    --) break ;;
    -h | --help) exec cat "$root/$folder/help.txt" ;;
  esac
done
sh "$root/tools/setup.sh" "$need" || exit
exec "$root/node_modules/.bin/node" "$root/$folder/main.ts" "$@"
