#!/bin/sh
# samecode.sh DEBUG.elf IMAGE.elf - fails unless both have the same code and read-only
# data at the same addresses: then the symbols of the one are true of the other.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for section in .text .rodata .gopclntab; do
	for f in "$1" "$2"; do
		objcopy -O binary --only-section=$section "$f" "$dir/$(basename "$f")"
		objdump -h "$f" | awk -v s=$section '$2 == s { print $3, $4 }' >>"$dir/$(basename "$f")"
	done
	if ! cmp -s "$dir/$(basename "$1")" "$dir/$(basename "$2")"; then
		echo "$1 is not the kernel of $2: $section differs" >&2
		rm -f "$1"
		exit 1
	fi
done
