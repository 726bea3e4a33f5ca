#!/bin/sh
# build.sh OUTDIR - makes mbr.bin, boot.bin and OSLDR in OUTDIR.
#
# Needs as, ld, objcopy, cc (as preprocessor) and go. The Go part of OSLDR is
# built by the GOOS=tamago toolchain: $TAMAGO when set, else `go run ./toolchain`.
set -eu

out=${1:?usage: build.sh OUTDIR}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
mkdir -p "$out"
out=$(cd "$out" && pwd)

# stage NAME SOURCE ORIGIN LIMIT: one flat binary
stage() {
	cc -E -P -x assembler-with-cpp "$2" -o "$out/$1.s"
	as --64 -o "$out/$1.o" "$out/$1.s"
	ld -m elf_x86_64 -z noexecstack --no-warn-rwx-segments -T "$root/linker.ld" \
		--defsym=origin="$3" --defsym=limit="$4" -o "$out/$1.elf" "$out/$1.o"
	objcopy -O binary "$out/$1.elf" "$out/$1.bin"
	rm -f "$out/$1.s" "$out/$1.o"
}

stage mbr "$here/mbr/mbr.S" 0x600 0x800
stage boot "$here/fat32/boot.S" 0x7c00 0x9000
stage stub "$here/osldr/stub/stub.S" 0xa000 0x10000

# The test kernel and the tests' boot records are not part of an image.
stage testkernel "$here/testkernel/testkernel.S" 0 0x10000
stage hook "$here/loadertest/hook.S" 0 0x200
stage baddisk "$here/loadertest/baddisk.S" 0 0x2000
stage badbios "$here/badbios/badbios.S" 0 0x8000

cd "$root"
tamago=${TAMAGO:-$(go run ./toolchain)}
GOOS=tamago GOARCH=amd64 GOOSPKG=gont "$tamago" build -tags osldr -trimpath -buildvcs=false -gcflags=all=-l -gcflags=gont/boot/osldr/lz4= -gcflags=gont/pe= \
	-ldflags "-s -w -checklinkname=0 -T 0x201000" -o "$out/osldr.elf" ./boot/osldr
go run ./boot/osldr/mkosldr -stub "$out/stub.bin" -go "$out/osldr.elf" -o "$out/OSLDR"
