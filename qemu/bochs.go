package qemu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"
)

// BochsConfig describes a PC of the emulator Bochs with its own BIOS: IDE
// disk, COM1, VGA, 64-bit processors.
type BochsConfig struct {
	Image      string
	Memory     int           // MiB, 128
	Processors int           // 1
	Silence    time.Duration // as in Config
	Limit      time.Duration // as in Config
	Transcript string
	Program    string   // bochs
	Extra      []string // more lines for the configuration file
}

// bochsrc is a Bochs configuration (Bochs User Manual, 4.3).
const bochsrc = `display_library: term
plugin_ctrl: unmapped=true, biosdev=true, speaker=false, extfpuirq=true, parallel=false, serial=true, usb_uhci=false
romimage: file=$BXSHARE/BIOS-bochs-latest
vgaromimage: file=%s
memory: guest=%d, host=%d
cpu: model=corei7_haswell_4770, count=%d, ips=50000000, reset_on_triple_fault=0
clock: sync=none
ata0-master: type=disk, path=%q, mode=flat
boot: disk
com1: enabled=1, mode=socket-client, dev=%s
log: %s
panic: action=fatal
error: action=report
info: action=ignore
`

// StartBochs starts a machine in Bochs. Its serial port and its end are those
// of a VM; there is no monitor. The disk is a copy, so the image stays as it
// is.
func StartBochs(ctx context.Context, c BochsConfig) (*VM, error) {
	if c.Memory == 0 {
		c.Memory = 128
	}
	c.Processors = max(c.Processors, 1)
	setLimits(&c.Silence, &c.Limit)
	if c.Program == "" {
		c.Program = "bochs"
	}
	vm := &VM{}
	failed := func(err error) (*VM, error) {
		for _, f := range vm.clean {
			f()
		}
		return nil, fmt.Errorf("bochs: %w", err)
	}
	dir, err := os.MkdirTemp("", "gont-bochs")
	if err != nil {
		return failed(err)
	}
	vm.clean = append(vm.clean, func() { os.RemoveAll(dir) })
	in := func(name string) string { return filepath.Join(dir, name) }
	if _, err := CopyImage(c.Image, in("disk.img")); err != nil {
		return failed(err)
	}
	vga, err := firstFile("/usr/share/bochs/VGABIOS-lgpl-latest", "/usr/share/vgabios/vgabios.bin")
	if err != nil {
		return failed(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return failed(err)
	}
	rc := fmt.Sprintf(bochsrc, vga, c.Memory, c.Memory, c.Processors, in("disk.img"), l.Addr(), in("log"))
	for _, e := range c.Extra {
		rc += e + "\n"
	}
	if err := errors.Join(os.WriteFile(in("bochsrc"), []byte(rc), 0o600), os.WriteFile(in("rc"), []byte("c\n"), 0o600)); err != nil {
		l.Close()
		return failed(err)
	}
	master, slave, err := openPTY()
	if err != nil {
		l.Close()
		return failed(err)
	}
	defer slave.Close()
	vm.clean = append(vm.clean, func() { master.Close() })
	go io.Copy(io.Discard, master)

	vm.log = in("log")
	serial := &lateConn{from: l, ready: make(chan struct{})}
	vm.clean = append(vm.clean, func() { serial.Close() })
	go serial.accept()
	err = vm.start(ctx, slave, c.Program, []string{"-q", "-f", in("bochsrc"), "-rc", in("rc")}, limits{c.Silence, c.Limit}, c.Transcript, serial)
	if err != nil {
		return nil, err
	}
	// A Bochs that never connects must not keep us listening.
	go func() {
		<-vm.done
		l.Close()
	}()
	return vm, nil
}

func firstFile(names ...string) (string, error) {
	for _, n := range names {
		if _, err := os.Stat(n); err == nil {
			return n, nil
		}
	}
	return "", fmt.Errorf("none of %q is there; install Debian's packages bochs, bochsbios, vgabios", names)
}

// lateConn is the serial connection, which exists once Bochs has made it.
type lateConn struct {
	from  net.Listener
	ready chan struct{}
	conn  net.Conn
	err   error
}

func (l *lateConn) accept() {
	l.conn, l.err = l.from.Accept()
	close(l.ready)
	l.from.Close()
}

func (l *lateConn) Read(b []byte) (int, error) {
	if <-l.ready; l.err != nil {
		return 0, l.err
	}
	return l.conn.Read(b)
}

func (l *lateConn) Write(b []byte) (int, error) {
	if <-l.ready; l.err != nil {
		return 0, l.err
	}
	return l.conn.Write(b)
}

func (l *lateConn) Close() error {
	l.from.Close()
	if <-l.ready; l.err != nil {
		return nil
	}
	return l.conn.Close()
}

// openPTY returns the two ends of a new pseudo-terminal, which Bochs's text
// display wants.
func openPTY() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	var unlock, number int32
	size := [4]uint16{30, 100, 0, 0}
	for _, c := range []struct {
		request uintptr
		arg     unsafe.Pointer
	}{
		{syscall.TIOCSPTLCK, unsafe.Pointer(&unlock)},
		{syscall.TIOCGPTN, unsafe.Pointer(&number)},
		{syscall.TIOCSWINSZ, unsafe.Pointer(&size)},
	} {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), c.request, uintptr(c.arg)); e != 0 {
			master.Close()
			return nil, nil, fmt.Errorf("pseudo-terminal: %w", e)
		}
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		master.Close()
		return nil, nil, err
	}
	return master, slave, nil
}
