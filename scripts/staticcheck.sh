#!/bin/sh
# staticcheck.sh - staticcheck: the host's packages, then each program of the
# machine with the toolchain it is built with.
set -eu
cd "$(dirname "$0")/.."
GO=${GO:-go}

mkdir -p build/bin
GOBIN=$PWD/build/bin $GO install "${STATICCHECK:?version to run}"
check=$PWD/build/bin/staticcheck
"$check" ./...
tamago=$($GO run ./toolchain)
for p in kernel:kernel kernel,checked:kernel osldr:boot/osldr ntuser:smss ntuser:nsh ntuser:nttest ntuser:nttest/quit ntuser:nttest/off ntuser:nttest/reboot ntuser:nttest/counts ntuser:nttest/guest ntuser:nttest/harness ntuser:nttest/fuzz ntuser:nttest/soak ntuser:nttest/paging ntuser:nttest/flood ntuser:nttest/gotests ntuser:nttest/devices ntuser:nttest/disks ntuser:ntbench; do
	PATH=$(dirname "$tamago"):$PATH GOOS=tamago GOARCH=amd64 GOOSPKG=gont CGO_ENABLED=0 \
		"$check" -tags "${p%%:*}" "./${p#*:}"
done
