#!/bin/sh
# test.sh TESTSUM [-full] - everything `make test` runs, with -full in the long forms
# (`make test-full`). The last line is "N passed, N failed".
#
# Host tests run under the race detector where cgo and a C library's headers are there. It
# makes code five to ten times slower, so that random tests take a sample there (-short):
# those that are long run whole again without it. Package toolchain starts programs, which
# the detector does not see, and tools/hive compares with other programs: without it, too.
# Tests that boot machines (qemu and the three that boot images) come last and few at a
# time, so that the machines have the processors. The time limits are for a host that does
# other work, too: a machine that hangs ends by its silence (qemu.Config).
set -eu
cd "$(dirname "$0")/.."
testsum=$1
full=
short=-short
if [ "${2-}" = -full ]; then
	full='-args -full'
	short=
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
host=$($GO list ./... | grep -v -E '^gont/(qemu|toolchain|tools/hive)$|/(loader|kernel|system)test$')
long='./boot/osldr/registry ./cm ./fs/fat ./fs/partition ./inbv'

exec "$testsum" -go "$GO" \
	-check "toolchain: $MAKE -s toolchain" \
	-check "image: $MAKE -s image" \
	-check "vet: GO='$GO' scripts/vet.sh" \
	-test "-timeout 30m $race $short $(echo $host)" \
	-test "-timeout 30m ./toolchain ./tools/hive $long" \
	-test "-timeout 30m -run ^TestMutants$ ./cm/regf" \
	-test "-timeout 80m -p 1 -parallel 4 $(echo $others)" \
	-test "-timeout 80m -p 1 -parallel 4 $machines $full"
