#!/bin/sh
# test.sh TESTSUM [-full] - everything `make test` runs, with -full in the long forms
# (`make test-full`). The last line is "N passed, N failed".
#
# Host tests of what runs in threads (all that is above gont/ke, which makes them, and what lies
# below it) run under the race detector where cgo and a C library's headers are there. It makes
# code five to ten times slower, so that random tests take a sample there (-short): those
# that are long run whole again without it, as do the tests of all other packages.
# Tests that boot machines (qemu and the three that boot images) come last and few at a
# time, so that the machines have the processors. The time limits are for a host that does
# other work, too: a machine that hangs ends by its silence (qemu.Config).
set -eu
cd "$(dirname "$0")/.."
testsum=$1
full=
short=-short
long='./cm ./fs/fat'
disks=
if [ "${2-}" = -full ]; then
	full='-args -full'
	short=
	long=./cm
	disks='-timeout 90m ./fs/fat ./io/drivers/fastfat ./kernel/systemfiles -args -full'
fi
GO=${GO:-go}
MAKE=${MAKE:-make}
export GONT_TEST=1 # a missing program fails a test instead of skipping it
PATH=$PATH:/usr/sbin:/sbin

race=
if [ "$($GO env CGO_ENABLED)" = 1 ] && echo '#include <stdlib.h>' | ${CC:-gcc} -E -x c - >/dev/null 2>&1; then
	race=-race
fi
boots=$($GO list ./... | grep -E '^gont/qemu$|/(loader|kernel|system)test$' || true)
machines='gont/kernel/kerneltest gont/qemu/systemtest' # have -full
others=$(echo "$boots" | grep -v -E '/(kernel|system)test$')
host=$($GO list ./... | grep -v -E '^gont/qemu$|/(loader|kernel|system)test$')
threads=$($GO list -f '{{.ImportPath}} {{join .Deps " "}} {{join .TestImports " "}} {{join .XTestImports " "}} ' $host |
	grep -E '^gont/(ke|hal|goos|kd) | gont/ke ' | cut -d' ' -f1)
single=$(echo "$host" | grep -v -x -F "$threads")

exec "$testsum" -go "$GO" \
	-check "toolchain: $MAKE -s toolchain" \
	-check "image: $MAKE -s image" \
	-check "vet: GO='$GO' scripts/vet.sh" \
	-test "-timeout 30m $race $short $(echo $threads)" \
	-test "-timeout 30m $(echo $single) $long" \
	${disks:+-test "$disks"} \
	-test "-timeout 80m -p 1 -parallel 6 $(echo $others)" \
	-test "-timeout 80m -p 1 -parallel 4 $machines $full"
