// Command runqemu boots an image in QEMU with the serial console in the
// terminal. It uses KVM only when a guest has been seen to run under it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"gont/qemu"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "runqemu:", err)
		os.Exit(1)
	}
}

func run(args []string, out *os.File) error {
	fs := flag.NewFlagSet("runqemu", flag.ContinueOnError)
	machine := fs.String("machine", "pc", "pc or q35")
	disk := fs.String("disk", "", "ide, ahci, virtio, nvme, usb-xhci or usb-ehci")
	persist := fs.Bool("persist", false, "keep what the guest writes to its disk")
	memory := fs.Int("m", 256, "memory in MiB")
	smp := fs.Int("smp", 1, "processors")
	cpu := fs.String("cpu", "qemu64", "processor model")
	accel := fs.String("accel", "auto", "tcg, kvm, or auto: kvm where it works")
	display := fs.String("display", "none", "QEMU's -display: none, gtk, curses...")
	cache := fs.String("cache", "", "`file` that remembers the probe of KVM until the next start of this machine")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() < 1 {
		return errors.New("usage: runqemu [flags] image [more QEMU arguments]")
	}
	c := qemu.Config{
		Image: fs.Arg(0), Machine: qemu.Machine(*machine), Disk: qemu.Disk(*disk),
		Memory: *memory, SMP: *smp, CPU: *cpu, Args: fs.Args()[1:], Persist: *persist,
	}
	var why string
	switch *accel {
	case "tcg":
		c.Accel, why = qemu.TCG, "software emulation, as asked"
	case "kvm":
		c.Accel, why = qemu.KVM, "as asked, not probed"
	case "auto":
		c.Accel, why = choose(*cache, func() error { return qemu.ProbeKVM(context.Background(), *cpu) })
	default:
		return fmt.Errorf("unknown accelerator %q", *accel)
	}
	program, argv, err := c.Command()
	if err != nil {
		return err
	}
	for i := range argv {
		if argv[i] == "-display" {
			argv[i+1] = *display
		}
	}
	argv = append(argv, "-serial", "mon:stdio")
	path, err := exec.LookPath(program)
	if err != nil {
		return err
	}
	kept := "What is written to the disk goes with the machine (PERSIST=1 keeps it)."
	if c.Persist {
		kept = "What is written to the disk is kept in " + c.Image + "."
	}
	fmt.Fprintf(out, "Accelerator: %s (%s).\n%s\nThis terminal is the serial port COM1. Leave with Ctrl-A X; Ctrl-A H shows more.\n\n", c.Accel, why, kept)
	return syscall.Exec(path, append([]string{program}, argv...), os.Environ())
}

// choose returns the accelerator that works and a sentence that says why. A
// probe's result is kept in the file cache, if that is not empty, together
// with what it depends on: this run of the host's kernel and QEMU.
func choose(cache string, probe func() error) (qemu.Accel, string) {
	var key string
	if b, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		key = strings.TrimSpace(string(b))
	}
	if p, err := exec.LookPath("qemu-system-x86_64"); err == nil {
		if s, err := os.Stat(p); err == nil {
			key += " " + strconv.FormatInt(s.ModTime().Unix(), 10)
		}
	}
	if b, err := os.ReadFile(cache); err == nil {
		if k, result, ok := strings.Cut(string(b), "\n"); ok && k == key {
			return verdict(strings.TrimSpace(result))
		}
	}
	fmt.Fprintln(os.Stderr, "Finding out whether KVM works (once)...")
	result := ""
	if err := probe(); err != nil {
		result, _, _ = strings.Cut(err.Error(), "\n")
	}
	if cache != "" {
		// A cache that cannot be written only costs time.
		_ = os.MkdirAll(filepath.Dir(cache), 0o755)
		_ = os.WriteFile(cache, []byte(key+"\n"+result+"\n"), 0o644)
	}
	return verdict(result)
}

func verdict(failure string) (qemu.Accel, string) {
	if failure == "" {
		return qemu.KVM, "a probe ran under it"
	}
	return qemu.TCG, "software emulation, because KVM does not work here: " + failure
}
