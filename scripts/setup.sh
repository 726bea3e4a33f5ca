#!/bin/sh
# setup.sh image|qemu|debug|test - sees to it that the programs a make target needs
# are there. As root it installs what is missing with apt-get; otherwise it
# prints the command that does, and fails. It does nothing, and quickly, when
# nothing is missing.
#
# SETUP_ROOT is put before the absolute names looked at (for tests).
set -eu


root=${SETUP_ROOT:-}
PATH=$PATH:$root/usr/sbin:$root/sbin
missing=
packages=

want() { # package, what is looked for
	case $2 in
	/*) [ ! -e "$root$2" ] || return 0 ;;
	*) ! command -v "$2" >/dev/null 2>&1 || return 0 ;;
	esac
	missing="$missing $2"
	case " $packages " in
	*" $1 "*) ;;
	*) packages="${packages:+$packages }$1" ;;
	esac
}

image() {
	want gcc gcc
	want binutils as
	want binutils ld
	want binutils objcopy
}

qemu() {
	want qemu-system-x86 qemu-system-x86_64
	want seabios /usr/share/seabios/bios-256k.bin
	want seabios /usr/share/seabios/vgabios-stdvga.bin
}

debug() {
	want gdb gdb
	want mtools mcopy
}

tests() {
	want mtools mcopy
	want mtools mtype
	want dosfstools fsck.fat
	want fdisk fdisk
	want lz4 lz4
	want libhivex-bin hivexsh
	want libwin-hivex-perl hivexregedit
	want reglookup reglookup
	want gdb gdb
	want bochs bochs
	want bochs-term /usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so
	want bochsbios /usr/share/bochs/BIOS-bochs-latest
	want vgabios /usr/share/vgabios/vgabios.bin
}

case ${1:-} in
image) image ;;
qemu) image && qemu ;;
debug) image && qemu && debug ;;
test) image && qemu && tests ;;
*)
	echo "usage: setup.sh image|qemu|debug|test" >&2
	exit 2
	;;
esac

if ! command -v go >/dev/null 2>&1; then
	echo "GoNT is built with Go, and there is no 'go' in PATH. Install Go 1.26 from https://go.dev/dl/ and try again." >&2
	exit 1
fi
[ -n "$packages" ] || exit 0

echo "Not found:$missing" >&2
install="apt-get install -y --no-install-recommends $packages"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "This system has no apt-get; install what Debian has in the packages: $packages" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	echo "Install them with this command, then try again:" >&2
	echo "  sudo sh -c 'apt-get update && $install'" >&2
	exit 1
fi
echo "Installing $packages" >&2
export DEBIAN_FRONTEND=noninteractive
if ! apt-get -q update >&2 || ! $install >&2; then
	echo "apt-get failed; what was tried: apt-get update && $install" >&2
	exit 1
fi
packages=
missing=
case $1 in
image) image ;;
qemu) image && qemu ;;
debug) image && qemu && debug ;;
test) image && qemu && tests ;;
esac
[ -z "$packages" ] || {
	echo "apt-get was content, but these are still not found:$missing" >&2
	exit 1
}
