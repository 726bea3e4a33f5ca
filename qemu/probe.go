package qemu

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

//go:generate as probe.S -o probe.o
//go:generate ld -Ttext 0x7c00 --oformat binary probe.o -o probe.bin
//go:generate rm probe.o

//go:embed probe.bin
var probe []byte

// probeLimit is what a machine with hardware virtualisation needs several
// times over: SeaBIOS and some milliseconds.
const probeLimit = 6 * time.Second

// ProbeKVM finds out whether a guest really runs under KVM, by running one.
// That /dev/kvm exists says little: it may belong to others, or to a
// hypervisor that is itself software and lacks instructions.
func ProbeKVM(ctx context.Context, cpu string) error {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	f.Close()
	return runProbe(ctx, Config{Accel: KVM, CPU: cpu, Limit: probeLimit})
}

func runProbe(ctx context.Context, c Config) error {
	dir, err := os.MkdirTemp("", "gont-probe")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if c.Image, err = WriteProbe(dir); err != nil {
		return err
	}
	vm, err := Start(ctx, c)
	if err != nil {
		return err
	}
	defer vm.Close()
	if _, err := vm.WaitLine(ctx, "^GoNT probe: real mode$"); err != nil {
		return fmt.Errorf("under %s a test guest does not get to its first line\n%w", c.Accel, err)
	}
	if _, err := vm.WaitLine(ctx, "^GoNT probe: 64-bit mode$"); err != nil {
		return fmt.Errorf("under %s a test guest does not get to 64-bit mode\n%w", c.Accel, err)
	}
	return nil
}

// WriteProbe writes a disk image with nothing but the probe's boot sector
// (probe.S) into dir and returns its name.
func WriteProbe(dir string) (string, error) {
	name := filepath.Join(dir, "probe.img")
	img := make([]byte, 1<<20)
	copy(img, probe)
	return name, os.WriteFile(name, img, 0o644)
}
