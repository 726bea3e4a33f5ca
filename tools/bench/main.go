// Command bench measures how GoNT boots, and collects what its own benchmark
// program measures, in QEMU.
//
//	bench [-modes icount,tcg] [-runs 5] [-guest guest.img] [-smp smp.img] [-clock clock.img] [-kernel kernel.img] boot.img
//
// It prints lines "BENCH <name>.<stat> <value> <unit>", lines "RATIO ..." that compare
// with the peer, and lines "LIMIT ..." for what the peer does not have (peer.go). In the mode icount
// one instruction is one nanosecond (-icount shift=0,sleep=off), so the
// numbers are counts of instructions and hardly differ between runs:
// boot.<disk>.insn counts from reset to the first line of the session manager, the least of
// three boots.
// In the mode tcg time is the clock's: boot.<disk>.min and .med are
// milliseconds from just before QEMU is started to that line's arrival.
//
// The machine is a PC with -cpu qemu64, one processor, 256 MiB, no screen, and
// COM1. The image for several processors is started with 2 and with 4 of them,
// its names get "smp2." and "smp4." in front; that for the kernel's own figures
// has 1 GiB. The image for what files and disks give by the clock is started from a virtio disk and from
// an NVMe disk, with "nvme." in front of the names then. To compare with another system, boot it the same way and stamp its
// first line of user mode.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"gont/qemu"
)

const (
	marker = "GoNT Session Manager"
	// bad lines end a run at once.
	bad = `\*\*\* STOP|OSLDR: .*(cannot|error|failed)`
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	out    io.Writer
	image  string
	guest  string
	smp    string
	clock  string
	kernel string
	runs   int
	limit  time.Duration
	mark   string
}

func run(args []string, out io.Writer) error {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	modes := fs.String("modes", "icount,tcg", "comma separated `list` of icount, tcg")
	runs := fs.Int("runs", 5, "boots for each figure in the mode tcg")
	guest := fs.String("guest", "", "`image` that boots the benchmark program, which ends with the line BENCH done")
	smp := fs.String("smp", "", "`image` that boots the benchmark program for several processors")
	clock := fs.String("clock", "", "`image` that boots the benchmark program for files and disks by the clock")
	kernel := fs.String("kernel", "", "`image` whose kernel measures itself")
	limit := fs.Duration("limit", 3*time.Minute, "hard limit for one run")
	mark := fs.String("marker", regexp.QuoteMeta(marker), "`regexp` of the line that ends a boot")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 || *runs < 1 {
		return errors.New("usage: bench [flags] image")
	}
	b := bench{out, fs.Arg(0), *guest, *smp, *clock, *kernel, *runs, *limit, *mark}
	for _, m := range strings.Split(*modes, ",") {
		var err error
		switch m {
		case "icount":
			err = b.counted()
		case "tcg":
			err = b.timed()
		default:
			err = fmt.Errorf("unknown mode %q", m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// disks are the boots that are measured.
var disks = []struct {
	name string
	disk qemu.Disk
}{{"boot.disk_ide", qemu.IDE}, {"boot.disk_virtio", qemu.Virtio}}

func (b *bench) config(image string, disk qemu.Disk, icount bool) qemu.Config {
	return qemu.Config{Image: image, Machine: qemu.PC, Disk: disk, Icount: icount, NoVGA: true, Limit: b.limit}
}

func (b *bench) head(mode string) {
	load, _ := os.ReadFile("/proc/loadavg") // only a remark
	first, _, _ := strings.Cut(string(load), " ")
	fmt.Fprintf(b.out, "# mode=%s runs=%d date=%s load=%s\n", mode, b.runs, time.Now().UTC().Format(time.RFC3339), first)
}

// counts is how often a boot is counted; the least counts. While a guest waits for its disk,
// QEMU's clock runs on to the next tick for each moment that the host needs: a busy host makes a
// boot look longer.
const counts = 3

func (b *bench) counted() error {
	b.head("icount")
	f := figures{}
	for _, d := range disks {
		n := math.Inf(1)
		for range counts {
			one, err := b.count(b.config(b.image, d.disk, true))
			if err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
			n = min(n, one)
		}
		line := fmt.Sprintf("BENCH %s.insn %.1f Minsn", d.name, n/1e6)
		f.add(line)
		fmt.Fprintln(b.out, line)
	}
	if err := b.inGuest(b.guest, f, "", b.config(b.guest, qemu.Virtio, true)); err != nil {
		return err
	}
	if err := b.inKernel(f, true); err != nil {
		return err
	}
	b.print(append(f.compare(), f.compareZeroing()...))
	return nil
}

func (b *bench) timed() error {
	b.head("tcg")
	for _, d := range disks {
		var ms []float64
		for i := 0; i < b.runs; i++ {
			vm, at, err := b.boot(b.config(b.image, d.disk, false))
			if err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
			vm.Close()
			ms = append(ms, float64(at.Microseconds())/1e3)
		}
		lo, med := stats(ms)
		fmt.Fprintf(b.out, "BENCH %s.min %.1f ms\nBENCH %s.med %.1f ms\n", d.name, lo, d.name, med)
	}
	f := figures{}
	if err := b.inGuest(b.guest, f, "", b.config(b.guest, qemu.Virtio, false)); err != nil {
		return err
	}
	for _, n := range []int{2, 4} {
		c := b.config(b.smp, qemu.Virtio, false)
		c.SMP = n
		if err := b.inGuest(b.smp, f, fmt.Sprintf("smp%d.", n), c); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		prefix string
		disk   qemu.Disk
	}{{"", qemu.Virtio}, {nvmePrefix, qemu.NVMe}} {
		if err := b.inGuest(b.clock, f, x.prefix, b.config(b.clock, x.disk, false)); err != nil {
			return err
		}
	}
	if err := b.inKernel(f, false); err != nil {
		return err
	}
	b.print(append(f.compareDepths(), f.compareZeroing()...))
	return nil
}

// nvmePrefix is in front of the names of what is measured at an NVMe disk.
const nvmePrefix = "nvme."

// boot starts a machine and waits for the marker.
func (b *bench) boot(c qemu.Config) (*qemu.VM, time.Duration, error) {
	ctx := context.Background()
	vm, err := qemu.Start(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	l, err := vm.WaitLine(ctx, b.mark, bad)
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, vm.Tail(20))
		vm.Close()
		return nil, 0, err
	}
	return vm, l.At, nil
}

// sinceReset is the session manager's own reading of the time stamp counter at
// its start, in millions.
var sinceReset = regexp.MustCompile(`BENCH boot\.tsc_since_reset ([0-9.]+)`)

// count returns the instructions from reset to the marker. The guest's own
// count is taken when it gives one before or in the 50 lines after the marker;
// else the machine is stopped at the marker and its ACPI timer read, which is
// up to a millisecond late.
func (b *bench) count(c qemu.Config) (float64, error) {
	vm, _, err := b.boot(c)
	if err != nil {
		return 0, err
	}
	defer vm.Close()
	if err := vm.Pause(); err != nil {
		return 0, err
	}
	if m := sinceReset.FindStringSubmatch(vm.Text()); m != nil {
		n, err := strconv.ParseFloat(m[1], 64)
		return n * 1e6, err
	}
	s, err := vm.HMP("i /w 0x608")
	if err != nil {
		return 0, err
	}
	return pmTimer(s)
}

// pmTimer turns the monitor's reading of the ACPI power management timer
// (3 579 545 Hz, 24 bits, at port 608h as SeaBIOS places it) into nanoseconds.
// It wraps every 4.7 s.
func pmTimer(s string) (float64, error) {
	_, hex, ok := strings.Cut(strings.TrimSpace(s), "= ")
	v, err := strconv.ParseUint(hex, 0, 32)
	if !ok || err != nil {
		return 0, fmt.Errorf("the monitor answers %q", s)
	}
	return float64(v&0xffffff) * 1e9 / 3579545, nil
}

// kernelMemory is what the kernel needs to keep its largest heap alive, in MiB.
const kernelMemory = 1024

// inKernel lets the kernel measure itself.
func (b *bench) inKernel(f figures, icount bool) error {
	c := b.config(b.kernel, qemu.Virtio, icount)
	c.Memory = kernelMemory
	return b.inGuest(b.kernel, f, "", c)
}

func (b *bench) print(lines []string) {
	for _, l := range lines {
		fmt.Fprintln(b.out, l)
	}
}

// inGuest boots an image that ends with "BENCH done", collects its BENCH lines,
// and passes them on with prefix before their names. Without an image it does
// nothing.
func (b *bench) inGuest(image string, f figures, prefix string, c qemu.Config) error {
	if image == "" {
		return nil
	}
	ctx := context.Background()
	vm, err := qemu.Start(ctx, c)
	if err != nil {
		return err
	}
	defer vm.Close()
	for {
		l, err := vm.WaitLine(ctx, `^BENCH `, bad)
		if err == nil && strings.HasPrefix(l.Text, "BENCH failed") {
			err = errors.New(l.Text)
		}
		if err != nil {
			return fmt.Errorf("the benchmark program: %w\n%s", err, vm.Tail(20))
		}
		name, ok := strings.CutPrefix(l.Text, "BENCH ")
		if l.Text == "BENCH done" {
			return nil
		}
		if ok && !strings.HasPrefix(name, "boot.") {
			line := "BENCH " + prefix + name
			f.add(line)
			fmt.Fprintln(b.out, line)
		}
	}
}

// stats returns the least and the median.
func stats(v []float64) (lo, med float64) {
	sort.Float64s(v)
	n := len(v)
	return v[0], (v[(n-1)/2] + v[n/2]) / 2
}
