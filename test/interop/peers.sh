#!/usr/bin/env bash
# Builds the real tools that test:interop, test:conformance and the benchmarks talk to, at exact versions, into the user's cache
# folder (outside the clone), only what is missing. Prints the folder. Go 1.26 and the Go module proxy are all it needs.
set -euo pipefail
dir="${SEALDEX_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/sealdex-peers}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir -p "$dir"
say() { echo "peers: $*" >&2; }

# name, version, module path of the command; built with `go install`
installed() {
  local name=$1 version=$2 path=$3
  [ -x "$dir/$name-$version" ] && return
  say "building $name $version"
  local into; into=$(mktemp -d "$dir/.build-XXXXXX")
  GOBIN="$into" go install "$path@$version"
  mv "$into"/* "$dir/$name-$version"
  rmdir "$into"
}

# the same for modules with replace directives, which `go install` refuses: built in a module of their own
built() {
  local name=$1 version=$2 module=$3 path=$4
  [ -x "$dir/$name-$version" ] && return
  say "building $name $version"
  local into; into=$(mktemp -d "$dir/.build-XXXXXX")
  (cd "$into" && go mod init peer && go get "$module@$version" && go build -mod=mod -o peer.bin "$path") >&2
  mv "$into/peer.bin" "$dir/$name-$version"
  rm -rf "$into"
}

# programs of our own for the tests, out of main.go in a folder below this one, with the libraries of the real programs
ours() {
  local name=$1 version=$2
  shift 2
  [ -x "$dir/$name-$version" ] && return
  say "building $name (ours, with $*)"
  local into; into=$(mktemp -d "$dir/.build-XXXXXX")
  cp "$here"/*/"$name"/main.go "$into/"
  (cd "$into" && go mod init peer && go get "$@" && go build -mod=mod -tags containers_image_openpgp -o peer.bin .) >&2
  mv "$into/peer.bin" "$dir/$name-$version"
  rm -rf "$into"
}

want=("$@")
wanted() { [ ${#want[@]} -eq 0 ] || printf '%s\n' "${want[@]}" | grep -qx "$1"; }
wanted crane && installed crane v0.22.1 github.com/google/go-containerregistry/cmd/crane
wanted oras && installed oras v1.3.6 oras.land/oras/cmd/oras
wanted regctl && installed regctl v0.11.7 github.com/regclient/regclient/cmd/regctl
wanted olareg && built olareg v0.1.2 github.com/olareg/olareg github.com/olareg/olareg/cmd/olareg
wanted distribution && installed distribution v3.1.2 github.com/distribution/distribution/v3/cmd/registry
wanted conformance && built conformance v0.0.0-20260831232431-97274622c111 \
  github.com/opencontainers/distribution-spec/conformance github.com/opencontainers/distribution-spec/conformance
wanted notation && built notation v1.3.2 github.com/notaryproject/notation github.com/notaryproject/notation/cmd/notation
wanted cosign && installed cosign v3.1.3 github.com/sigstore/cosign/v3/cmd/cosign
# a private Sigstore; newer ones want Go 1.27
wanted fulcio && installed fulcio v1.8.8 github.com/sigstore/fulcio
wanted timestamp-server && installed timestamp-server v2.1.2 github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server
wanted rekor-tiles && installed rekor-tiles v2.3.0 github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix
wanted rekor-server && installed rekor-server v1.5.3 github.com/sigstore/rekor/cmd/rekor-server
wanted ctlog && ours ctlog v1 github.com/google/certificate-transparency-go@v1.3.3
wanted trillianmem && ours trillianmem v1 github.com/google/trillian@v1.7.3 google.golang.org/grpc@v1.79.3
# how podman, skopeo and CRI-O judge: Debian's builds leave these signatures out
wanted policy-context && CGO_ENABLED=0 ours policy-context v1 go.podman.io/image/v5@v5.42.0
echo "$dir"
