#!/bin/sh
# test.sh TESTSUM - everything `make test` runs. The last line is
# "N passed, N failed".
#
# Host tests run under the race detector where cgo and a C library's headers
# are there; damaged hives also without it, because there it takes a sample. Tests that boot machines (qemu and the three that boot images) come
# last and few at a time, so that the machines have the processors. The time limits
# are for a host that does other work, too: a machine that hangs ends by its silence
# (qemu.Config).
set -eu
cd "$(dirname "$0")/.."
testsum=$1
GO=${GO:-go}
MAKE=${MAKE:-make}
export GONT_TEST=1 # a missing program fails a test instead of skipping it
PATH=$PATH:/usr/sbin:/sbin

race=
if [ "$($GO env CGO_ENABLED)" = 1 ] && echo '#include <stdlib.h>' | ${CC:-gcc} -E -x c - >/dev/null 2>&1; then
	race=-race
fi
boots=$($GO list ./... | grep -E '^gont/qemu$|/(loader|kernel|system)test$' || true)
host=$($GO list ./... | grep -v -E '^gont/qemu$|/(loader|kernel|system)test$')

exec "$testsum" -go "$GO" \
	-check "toolchain: $MAKE -s toolchain" \
	-check "image: $MAKE -s image" \
	-check "vet: GO='$GO' scripts/vet.sh" \
	-test "-timeout 30m $race $(echo $host)" \
	-test "-timeout 30m -run ^TestMutants$ ./cm/regf" \
	-test "-timeout 80m -p 1 -parallel 3 $(echo $boots)"
