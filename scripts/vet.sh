#!/bin/sh
# vet.sh - gofmt and go vet: the host's packages, then each program of the
# machine with the toolchain it is built with.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}

bad=$(find . -path ./build -prune -o -name '*.go' -print | xargs gofmt -l)
if [ -n "$bad" ]; then
	echo "not formatted by gofmt:" $bad
	exit 1
fi
$GO vet ./...
tamago=$($GO run ./toolchain)
for p in kernel:kernel kernel,checked:kernel osldr:boot/osldr ntuser:smss ntuser:nsh ntuser:nttest ntuser:nttest/quit ntuser:nttest/off ntuser:nttest/reboot ntuser:nttest/counts ntuser:nttest/guest ntuser:nttest/harness ntuser:nttest/fuzz ntuser:nttest/soak ntuser:nttest/paging ntuser:nttest/flood ntuser:nttest/gotests ntuser:nttest/devices ntuser:nttest/disks ntuser:ntbench; do
	# No assembly check: the entry points have no Go signature.
	GOOS=tamago GOARCH=amd64 GOOSPKG=gont CGO_ENABLED=0 "$tamago" vet -tags "${p%%:*}" "./${p#*:}"
done
