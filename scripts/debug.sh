#!/bin/sh
# debug.sh BUILD [DEVICE] - gdb with the kernel's symbols on the kernel's own serial port:
# of a machine at the other end of DEVICE, or of one that QEMU emulates with an image whose
# kernel waits for gdb (/DEBUG /BREAK). MACHINE, DISK, MEM and SMP are make's. PORT=PCI: the
# debugger's port is a 16550 on PCI. SCRIPT=file: gdb carries out that file's commands and ends.
set -eu
build=$1 device=${2:-}
elf=$build/ntoskrnl-debug.elf
batch=
if [ -n "${SCRIPT:-}" ]; then
	batch="-nx -batch"
fi
source="set substitute-path gont $PWD"
if [ -n "$device" ]; then
	echo "The machine must have been started with /DEBUG; Ctrl-C here stops it."
	exec gdb -q $batch -ex "$source" -ex "set serial baud ${BAUD:-115200}" -ex "target remote $device" ${SCRIPT:+-x "$SCRIPT"} "$elf"
fi
serial=isa-serial,chardev=com2,index=1 option=
if [ "${PORT:-}" = PCI ]; then
	serial=pci-serial,chardev=com2 option=' /DEBUGPORT=PCI'
fi
dir=$(mktemp -d)
image=$dir/gont.img
cp "$build/gont.img" "$image"
printf '[boot loader]\r\ntimeout=0\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\Windows\r\n[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(1)\\Windows="GoNT" /DEBUG /BREAK%s\r\n' "$option" >"$dir/boot.ini"
mcopy -o -i "$image@@1M" "$dir/boot.ini" ::/boot.ini
drive=if=ide
[ "${DISK:-virtio}" = "virtio" ] || [ -z "${DISK:-}" ] && drive=if=virtio
qemu-system-x86_64 -machine "${MACHINE:-pc}" -accel tcg -cpu qemu64 -m "${MEM:-256}" -smp "${SMP:-1}" -display none -no-reboot \
	-drive "file=$image,format=raw,$drive" -serial "file:$dir/com1" \
	-chardev "socket,id=com2,path=$dir/com2,server=on,wait=off" -device "$serial" &
qemu=$!
trap 'kill $qemu 2>/dev/null; rm -rf "$dir"' EXIT
until grep -q 'waits for a debugger' "$dir/com1" 2>/dev/null; do
	kill -0 $qemu || exit 1
	sleep 0.2
done
echo "The console of the machine (COM1) is in $dir/com1. quit ends the machine."
gdb -q $batch -ex "$source" -ex "set remotetimeout 60" -ex "target remote $dir/com2" ${SCRIPT:+-x "$SCRIPT"} "$elf"
