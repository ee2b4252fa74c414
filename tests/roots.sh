# Sourced by debian.sh and bare.sh, which run this tree in roots of other Debian suites. Needs set -eu, root, and this machine's apt.
suites='bookworm trixie trixie-security forky'

# mirror LABEL: where this machine's apt has packages of this label (`Debian`, `Debian-Security`) from.
mirror() { apt-get indextargets --format '$(CREATED_BY)|$(LABEL)|$(SITE)' | sed -n "s/^Packages|$1|//p" | head -n 1; }

# sources SUITE [--main-only]: its lines of sources.list. trixie is the main archive alone; trixie-security has updates and security too.
sources() {
  debian=$(mirror Debian)
  [ -n "$debian" ] || { echo "no Debian mirror in this machine's apt configuration" >&2; return 2; }
  security=$(mirror Debian-Security)
  release=${1%-security}
  echo "deb $debian $release main"
  case $1 in
    bookworm | *-security)
      [ "${2:-}" != --main-only ] || return 0
      echo "deb $debian $release-updates main"
      echo "deb ${security:-${debian%/debian*}/debian-security} $release-security main"
      ;;
  esac
}

# make_root SUITE ROOT [--main-only]: a minbase root, once. A folder that holds something else is left alone. Mirrors that are no
# longer renewed (snapshots) will do: their signatures are checked, their age is not.
make_root() {
  [ ! -e "$2/.modsig-root" ] || { [ "$(cat "$2/.modsig-root")" = "$1 ${3:-}" ] || { echo "$2 is a root of $(cat "$2/.modsig-root")" >&2; return 2; }; return 0; }
  if [ -e "$2" ] && [ -n "$(ls -A "$2")" ]; then echo "$2 is there and is no root made by this script" >&2; return 2; fi
  command -v mmdebstrap >/dev/null || install_packages mmdebstrap
  lines=$(sources "$1" "${3:-}") || return 2
  case $lines in *https:*) include=--include=ca-certificates ;; *) include='' ;; esac
  mkdir -p "$2"
  # shellcheck disable=SC2086
  echo "$lines" | mmdebstrap --quiet --mode=root --variant=minbase $include --aptopt='Acquire::Check-Valid-Until "false"' "${1%-security}" "$2" - || {
    echo "$2: no root of $1 could be made" >&2; return 2; }
  echo "$1 ${3:-}" >"$2/.modsig-root"
}

# put_tree ROOT FOLDER: this tree without what was built, as FOLDER of the root. What was put there last goes first, as its list says;
# everything else stays, also what was built there, and what is mounted there or behind links.
put_tree() {
  list=$1/.modsig-tree-$2
  if [ ! -e "$list" ] && [ -e "$1/$2" ] && [ -n "$(ls -A "$1/$2")" ]; then echo "$1/$2 is there and was not put there by this script" >&2; return 2; fi
  mkdir -p "$1/$2"
  [ ! -e "$list" ] || (cd "$1/$2" && find . -xdev ! -type d | LC_ALL=C sort | LC_ALL=C comm -12 - "$list" | tr '\n' '\0' | xargs -0r rm -f --)
  find . -mindepth 1 \( -path ./.git -o -path './build*' \) -prune -o ! -type d -print | LC_ALL=C sort >"$list"
  tar --exclude=./.git --exclude='./build*' -cf - . | tar -C "$1/$2" -xf -
}

# in_root ROOT COMMAND...: with /proc, and pseudo-terminals of its own for the tests that type a passphrase; where mounting is not
# allowed, without. Of the environment only a proxy comes along: a TMPDIR, BUILD or CXX of this system's means nothing there.
in_root() {
  mounts='mount -t proc proc "$1/proc"; mount -t tmpfs tmpfs "$1/dev/shm" 2>/dev/null
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts" 2>/dev/null && mount --bind "$1/dev/pts/ptmx" "$1/dev/ptmx"'
  cp --remove-destination /etc/resolv.conf "$1/etc/resolv.conf"  # not through a link, which would lead out of the root
  root_of=$1; shift
  set -- "$root_of" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} "$@"
  if unshare --mount true 2>/dev/null; then unshare --mount sh -c "$mounts; exec chroot \"\$@\"" sh "$@"; else chroot "$@"; fi
}
