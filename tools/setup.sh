#!/bin/sh
# Makes this checkout ready to be used, on a machine where nothing was prepared. Plain sh: neither Node nor a package
# of npm is needed to start it. What is done already is passed over.
#
#   sh tools/setup.sh          npm's packages and the build; needs no privilege
#   sh tools/setup.sh lab      and FRR, and a look at what the kernel allows; needs root
#   sh tools/setup.sh bench    and a C compiler for the load generator, and GoBGP
#   sh tools/setup.sh test     and what else tests need: other BGP stacks, shells; GoBGP 4 where there is Go
set -u
PATH=$PATH:/usr/sbin:/sbin
cd -- "$(dirname -- "$0")/.." || exit 1
need=${1:-build}
case $need in
  build | lab | bench | test) ;;
  *)
    echo "usage: sh tools/setup.sh [build|lab|bench|test]" >&2
    exit 2
    ;;
esac

green='' red='' plain=''
if [ -z "${NO_COLOR:-}" ] && [ -t 1 ] && [ -t 2 ]; then
  green=$(printf '\033[32m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
fi

log=$(mktemp) || exit 1
# The root of the machine; its own test gives another.
machine=${SETUP_MACHINE_ROOT:-}
policy=$machine/usr/sbin/policy-rc.d
policy_is_ours=no
temporary_node=''
finish() {
  rm -f "$log"
  if [ -n "$temporary_node" ]; then rm -rf "$temporary_node"; fi
  if [ "$policy_is_ours" = yes ]; then rm -f "$policy"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The sentence that ends the set-up.
stop() {
  printf '%ssetup: %s%s\n' "$red" "$1" "$plain" >&2
  exit 1
}

# step WHAT COMMAND...: one line for a step that does something; all that it wrote, when it fails.
step() {
  what=$1
  shift
  begun=$(date +%s)
  if [ -t 1 ]; then printf '  %s …\r' "$what"; fi
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%s✓%s %s (%s s)\n' "$green" "$plain" "$what" "$(($(date +%s) - begun))"
  else
    printf '%s✗%s %s\n' "$red" "$plain" "$what"
    tail -n 40 "$log" >&2
    return 1
  fi
}

check_root() {
  [ "$(id -u)" = 0 ] && return
  stop "root is needed here, since routers run in network namespaces; use sudo. Without root: npm run test:unit, npm start"
}

# Debian packages. Looked for by their files, so that what came another way is good enough.
missing=''
want() {
  package=$1
  shift
  for file; do
    [ -e "$machine$file" ] && continue
    missing="$missing $package"
    return
  done
}
want_command() {
  command -v "$2" >/dev/null 2>&1 || missing="$missing $1"
}

look_for_packages() {
  missing=''
  # Node 26 is linked to it, and the Node that came with npm was not.
  if ldconfig -p >"$log" 2>/dev/null && ! grep -q 'libatomic\.so\.1' "$log"; then missing=' libatomic1'; fi
  [ "$need" = build ] || look_for_lab_packages
  missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
  missing=${missing% }
}

look_for_lab_packages() {
  want_command iproute2 ip
  want_command nftables nft
  want_command util-linux unshare
  want_command util-linux nsenter
  want_command mount mount
  want_command iputils-ping ping
  want_command procps ps
  want frr /usr/lib/frr/watchfrr /usr/bin/vtysh
  [ "$need" != lab ] || return 0
  want gcc /usr/bin/cc
  want libc6-dev /usr/include/stdio.h
  want gobgpd /usr/bin/gobgpd /usr/bin/gobgp
  if [ "$need" = test ]; then
    want bird2 /usr/sbin/bird /usr/sbin/birdc
    want exabgp /usr/sbin/exabgp
    want tshark /usr/bin/tshark /usr/bin/dumpcap
    want python3 /usr/bin/python3
    # What nvactl's completion is tried in; bash is there.
    want zsh /usr/bin/zsh
    want fish /usr/bin/fish
  fi
}

# Debian starts a service as soon as it is installed; labs need the programs only. A policy that is there already has
# its reasons and stays. Ours is good for as long as this process lives, should it be killed before it can tidy up.
hold_services_back() {
  if [ -e "$policy" ] || [ -L "$policy" ]; then
    grep -qs '^# nvad set-up' "$policy" || return
  fi
  policy_is_ours=yes
  cat >"$policy" <<END
#!/bin/sh
# nvad set-up: this file may be deleted.
case "\$1" in frr* | gobgpd* | exabgp* | bird*) kill -0 $$ 2>/dev/null && exit 101 ;; esac
exit 0
END
  chmod 755 "$policy"
}

# Called for packages that were not there before: a service that the machine had is none of our business.
switch_services_off() {
  for service in $missing; do
    case $service in
      frr | gobgpd | exabgp) ;;
      bird2) service=bird ;;
      *) continue ;;
    esac
    if command -v systemctl >/dev/null 2>&1; then
      systemctl disable "$service" >/dev/null 2>&1
      if [ -d /run/systemd/system ]; then systemctl stop "$service" >/dev/null 2>&1; fi
    fi
    if [ -e "$machine/etc/init.d/$service" ]; then update-rc.d "$service" disable >/dev/null 2>&1; fi
  done
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=300 "$@"
}

install_packages() {
  look_for_packages
  [ -n "$missing" ] || return 0
  [ "$(id -u)" = 0 ] || stop "missing on this machine: $missing; install it first: sudo apt-get install $missing"
  command -v apt-get >/dev/null 2>&1 ||
    stop "these Debian packages, or what they bring, are missing, and there is no apt-get to install them: $missing"
  step 'apt-get update' apt_get update || stop "apt-get update failed; still missing: $missing"
  hold_services_back
  # shellcheck disable=SC2086 # a list of words
  step "apt-get install $missing" apt_get install --no-install-recommends $missing ||
    stop "apt-get could not install: $missing"
  switch_services_off
  installed=$missing
  look_for_packages
  [ -z "$missing" ] || stop "installed $installed, but what was expected of $missing is not where it should be"
}

reason() {
  tr '\n' ' ' <"$log" | sed 's/ *$//'
}

check_kernel() {
  unshare --net --mount --uts --pid --fork true >"$log" 2>&1 ||
    stop "this machine does not let root make network namespaces ($(reason)); in a container, start it with --privileged"
  for kind in vxlan bridge veth; do
    options=''
    if [ "$kind" = vxlan ]; then options='id 1 dstport 4789'; fi
    # shellcheck disable=SC2086 # a list of words
    unshare --net ip link add name trial type $kind $options >"$log" 2>&1 ||
      stop "this kernel cannot make a device of type $kind ($(reason)); if there is a module for it: modprobe $kind"
  done
}

own_node_runs() {
  node_modules/.bin/node --version >/dev/null 2>&1
}

dependencies_are_there() {
  [ -f node_modules/.package-lock.json ] && own_node_runs &&
    [ -z "$(find package-lock.json -newer node_modules/.package-lock.json)" ] || return 1
  # One of the native parts that npm leaves out without a word when it runs on an old Node.
  for native in node_modules/@rolldown/binding-*; do [ -d "$native" ] && return; done
  return 1
}

system_node_is_old() {
  [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 24 ]
}

# Packages tell npm which Node they want, and of those that are optional it installs only what suits the Node that it
# runs on itself. So npm is run on the project's Node, which is fetched beforehand to a place of its own.
fetch_node() {
  version=$(sed -n '/"node_modules\/node": {/,/}/s/.*"version": "\(.*\)".*/\1/p' package-lock.json)
  npm install --prefix "$temporary_node" --no-save --no-package-lock --no-audit --no-fund --loglevel=error "node@$version"
}

install_dependencies() {
  dependencies_are_there && return
  [ -w . ] || stop "$(id -un) may not write to $PWD, where npm's packages go; run this as $(stat -c %U .)"
  npm=$(command -v npm) || stop 'npm is missing; on Debian and Ubuntu: apt-get install npm'
  set -- npm
  if system_node_is_old; then
    temporary_node=$(mktemp -d) || exit 1
    step "fetch the project's Node, since this machine's is $(node --version)" fetch_node ||
      stop 'npm could not fetch Node'
    PATH=$temporary_node/node_modules/.bin:$PATH
    node --version >/dev/null 2>&1 || stop "$no_node"
    set -- node "$(readlink -f -- "$npm")"
  fi
  step 'npm ci' "$@" ci --no-audit --no-fund --loglevel=error || stop 'npm ci failed'
  own_node_runs || stop "$no_node"
}
no_node='npm left out install scripts, or has no Node for this machine: node_modules/.bin/node does not run. If ignore-scripts is set, allow it once: npm rebuild --ignore-scripts=false node'

# The stamp is older than any source that changed while the compiler ran.
compile() {
  mkdir -p dist && touch dist/.building &&
    node_modules/.bin/node node_modules/typescript/bin/tsc -b src && mv dist/.building dist/.built
}

# The compiler looks itself what is out of date, and is quick when nothing is; then there is nothing to say.
build() {
  if [ -f dist/.built ] && [ -f src/bgp-ts/dist/cli/main.js ] && [ -f dist/daemon/main.js ] &&
    [ -z "$(find src tsconfig.base.json -name dist -prune -o -name '*.ts' -newer dist/.built -print)" ]; then
    compile >"$log" 2>&1 && return
  fi
  step 'build' compile || stop 'the build failed'
}

# Debian has GoBGP 3 only. Without Go, or without a way to its modules, the tests of GoBGP 4 say that it is not there.
gobgp4=4.8.0
build_gobgp4() {
  command -v go >/dev/null 2>&1 || return 0
  [ "$(.peers/gobgp-4/gobgpd --version 2>&1)" = "gobgpd version $gobgp4" ] && [ -x .peers/gobgp-4/gobgp ] && return 0
  module=github.com/osrg/gobgp/v4/cmd
  step "build GoBGP $gobgp4" env GOTOOLCHAIN=local GOBIN="$PWD/.peers/gobgp-4" \
    go install "$module/gobgpd@v$gobgp4" "$module/gobgp@v$gobgp4" || return 0
}

[ "$need" = build ] || check_root
install_packages
[ "$need" = build ] || check_kernel
install_dependencies
build
[ "$need" != test ] || build_gobgp4
