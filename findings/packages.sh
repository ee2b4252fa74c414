# To be sourced: unpacks pinned Debian packages, with what they depend on, into a temporary folder. Nothing is installed.
# unpack SUITE FOLDER PACKAGE=VERSION...: from the mirror that apt's configuration names, else from deb.debian.org.
# run_in FOLDER PROGRAM ARGUMENTS...: a program of that folder, with its own C library.

place=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
trap 'rm -rf --one-file-system "$place"' EXIT
trap 'exit 130' INT TERM
machine=$(dpkg --print-architecture)
[ "$machine" = amd64 ] || { echo "seen on amd64 alone; this is $machine" >&2; exit 2; }

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -E '/debian/?$' | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian/}

unpack() {
  suite=$1 folder=$2
  shift 2
  apt=$place/apt-$suite
  mkdir -p "$folder" "$apt/lists/partial" "$apt/archives/partial"
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources"
  private_apt() {
    apt-get -qq -o Dir::State::Lists="$apt/lists" -o Dir::State::Status="$apt/status" -o Dir::Cache="$apt" \
      -o Dir::Cache::Archives="$apt/archives" -o Dir::Etc::SourceList="$apt/sources" -o Dir::Etc::SourceParts=/dev/null \
      -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
  }
  private_apt update && private_apt -y --no-install-recommends --download-only install "$@" >/dev/null ||
    { echo "not to be had from $mirror: $*" >&2; exit 2; }
  for package in "$apt"/archives/*.deb; do dpkg-deb -x "$package" "$folder"; done
}

run_in() {
  folder=$1 program=$2
  shift 2
  loader=$(find "$folder" -name ld-linux-x86-64.so.2 | head -n 1)
  OPENSSL_CONF=/dev/null "$loader" --library-path "$folder/usr/lib/x86_64-linux-gnu:$folder/lib/x86_64-linux-gnu" "$(command -v "$folder/usr/bin/$program")" "$@"
}

# seen WHAT EXPECTED FOUND
changed=0
seen() {
  if [ "$2" = "$3" ]; then echo "as before: $1: $3"; else changed=1; echo "CHANGED: $1: $3 (was: $2)"; fi
}
