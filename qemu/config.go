// Package qemu boots disk images in QEMU (and in Bochs), and lets a program or
// a test talk to the machine: the serial port in both directions, QEMU's
// monitor (QMP), physical memory, the text screen, and the exit status.
//
// A guest is always emulated (TCG) unless Config says otherwise, ends when it has
// been silent for too long or has reached a hard limit, starts with -no-reboot so
// that a triple fault ends it, leaves the images as they are, and dies with the program
// that started it. Nothing here sleeps: callers wait for lines.
package qemu

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Disk says how an image is attached.
type Disk string

// The ways to attach a disk. IDE is the Machine PC's own controller, AHCI the
// Machine Q35's; the others fit both.
const (
	IDE     Disk = "ide"
	AHCI    Disk = "ahci"
	Virtio  Disk = "virtio"
	USBXHCI Disk = "usb-xhci"
	USBEHCI Disk = "usb-ehci"
	NVMe    Disk = "nvme"
)

// Machine is a QEMU machine type.
type Machine string

// The two PCs.
const (
	PC  Machine = "pc"  // i440FX and PIIX, IDE
	Q35 Machine = "q35" // ICH9, AHCI
)

// Accel is what runs the guest's instructions.
type Accel string

// TCG is the default. KVM must only be used after ProbeKVM.
const (
	TCG Accel = "tcg"
	KVM Accel = "kvm"
)

// Config describes a machine. The zero value with an Image is a PC with that
// IDE disk, 256 MiB and one qemu64 processor.
type Config struct {
	Image      string   // the boot disk; may be empty for a machine without one
	ExtraDisks []string // more images, after the boot disk
	Machine    Machine  // PC
	Disk       Disk     // IDE on PC, AHCI on Q35
	Memory     int      // MiB, 256
	SMP        int      // processors, 1
	CPU        string   // qemu64
	Accel      Accel    // TCG
	// Icount makes time a count of instructions: one is a nanosecond. Runs
	// of the same image are then the same.
	Icount bool
	// Reboot lets the guest reset itself; without it a reset ends QEMU.
	Reboot bool
	// Persist lets the guest write to its disks; without it what it writes goes with it.
	Persist bool
	// NoSerial builds a PC without COM1.
	NoSerial bool
	// Baud makes COM1's other end read no faster than a line of that speed, in bits
	// a second, carries (ten bits a byte), and without much of a buffer; 0 reads at
	// once. Console.Hold stops the reading.
	Baud int
	// NoVGA builds a PC without a screen. The monitor's Screen needs one.
	NoVGA bool
	Args  []string // more arguments for QEMU

	// Silence ends the machine when COM1 has sent nothing for so long; 4 minutes.
	// A busy host makes a machine slow, but a machine that works says something.
	Silence    time.Duration
	Limit      time.Duration // hard limit for the machine's whole life, 40 minutes
	Transcript string        // file for everything COM1 sends, may be empty
	QEMU       string        // program, $QEMU or qemu-system-x86_64
}

func (c *Config) setDefaults() {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def((*string)(&c.Machine), string(PC))
	if c.Disk == "" {
		c.Disk = IDE
		if c.Machine == Q35 {
			c.Disk = AHCI
		}
	}
	def((*string)(&c.Accel), string(TCG))
	def(&c.CPU, "qemu64")
	def(&c.QEMU, os.Getenv("QEMU"))
	def(&c.QEMU, "qemu-system-x86_64")
	if c.Memory == 0 {
		c.Memory = 256
	}
	if c.SMP == 0 {
		c.SMP = 1
	}
	setLimits(&c.Silence, &c.Limit)
}

// setLimits fills in the limits that a configuration leaves open. They are for
// machines that hang: a host that does other work, too, is to reach neither.
func setLimits(silence, limit *time.Duration) {
	if *silence == 0 {
		*silence = 4 * time.Minute
	}
	if *limit == 0 {
		*limit = 40 * time.Minute
	}
}

// arguments builds QEMU's command line without the character devices.
func (c *Config) arguments() ([]string, error) {
	a := []string{
		"-nodefaults", "-no-user-config", "-display", "none",
		"-machine", string(c.Machine), "-cpu", c.CPU,
		"-m", strconv.Itoa(c.Memory), "-smp", strconv.Itoa(c.SMP),
		"-device", "isa-debug-exit,iobase=0xf4,iosize=4",
	}
	switch {
	case c.Accel != TCG && c.Icount:
		return nil, fmt.Errorf("qemu: instructions are only counted under tcg")
	case c.Icount && c.SMP != 1:
		return nil, fmt.Errorf("qemu: instructions are only counted with one processor, not %d", c.SMP)
	case c.Icount:
		a = append(a, "-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01T00:00:00,clock=vm")
	}
	a = append(a, "-accel", string(c.Accel))
	if !c.Reboot {
		a = append(a, "-no-reboot")
	}
	if !c.NoVGA {
		a = append(a, "-vga", "std")
	}
	disks := c.ExtraDisks
	if c.Image != "" {
		disks = append([]string{c.Image}, disks...)
	}
	usb := ""
	for i, d := range disks {
		if strings.ContainsAny(d, ",") {
			return nil, fmt.Errorf("qemu: image name %q has a comma", d)
		}
		if _, err := os.Stat(d); err != nil {
			return nil, fmt.Errorf("qemu: %w", err)
		}
		id := "disk" + strconv.Itoa(i)
		var dev string
		switch c.Disk {
		case IDE:
			if c.Machine != PC {
				return nil, fmt.Errorf("qemu: machine %s has no IDE controller", c.Machine)
			}
			dev = fmt.Sprintf("ide-hd,bus=ide.%d,unit=%d", i/2, i%2)
		case AHCI:
			if c.Machine != Q35 {
				return nil, fmt.Errorf("qemu: machine %s has no AHCI controller", c.Machine)
			}
			dev = fmt.Sprintf("ide-hd,bus=ide.%d", i)
		case Virtio:
			dev = "virtio-blk-pci"
		case NVMe:
			dev = fmt.Sprintf("nvme,serial=gont%d", i)
		case USBXHCI, USBEHCI:
			if usb == "" {
				usb = map[Disk]string{USBXHCI: "qemu-xhci", USBEHCI: "usb-ehci"}[c.Disk]
				a = append(a, "-device", usb+",id=usb")
			}
			dev = "usb-storage,bus=usb.0"
		default:
			return nil, fmt.Errorf("qemu: unknown kind of disk %q", c.Disk)
		}
		snapshot := "on"
		if c.Persist {
			snapshot = "off"
		}
		a = append(a,
			"-drive", "file="+d+",format=raw,if=none,snapshot="+snapshot+",id="+id,
			"-device", dev+",drive="+id+",bootindex="+strconv.Itoa(i))
	}
	return append(a, c.Args...), nil
}

// Command returns the program and the arguments that start the machine without
// serial port and monitor, for those who want to attach these themselves.
func (c Config) Command() (program string, args []string, err error) {
	c.setDefaults()
	args, err = c.arguments()
	return c.QEMU, args, err
}
