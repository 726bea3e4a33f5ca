// Command usbwrite writes a disk image to a stick, after showing what the
// device is and asking.
//
//	usbwrite gont.img /dev/sdX
//
// It refuses what is no whole disk, what is in use, and what is too small; it
// reads back what it has written.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	fs := flag.NewFlagSet("usbwrite", flag.ExitOnError)
	file := fs.Bool("file", false, "the target is a plain file, as large as the stick would be")
	fs.Parse(os.Args[1:])
	p := program{in: os.Stdin, out: os.Stdout, sys: "/sys", proc: "/proc", plain: *file}
	if err := p.run(fs.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "usbwrite:", err)
		os.Exit(1)
	}
}

type program struct {
	in        io.Reader
	out       io.Writer
	sys, proc string // where these file systems are
	plain     bool
}

var errUsage = errors.New("which device? say make usb DEV=/dev/sdX (lsblk lists the disks)")

func (p *program) run(args []string) error {
	if len(args) != 2 || args[1] == "" {
		return errUsage
	}
	image, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer image.Close()
	st, err := image.Stat()
	if err != nil {
		return err
	}
	name := args[1]
	if name, err = filepath.EvalSymlinks(name); err != nil {
		return err
	}
	d, err := p.examine(name)
	if err != nil {
		return err
	}
	fmt.Fprint(p.out, d)
	if err := d.usable(st.Size()); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "\nEverything on %s will be lost. Type its name, %s, to go on: ", name, d.name)
	answer, err := bufio.NewReader(p.in).ReadString('\n')
	if strings.TrimSpace(answer) != d.name {
		if err != nil && answer == "" {
			fmt.Fprintln(p.out)
		}
		return errors.New("not confirmed; nothing was written")
	}
	// Exclusive use of a block device fails when anything on it is mounted.
	flags := os.O_RDWR
	if !p.plain {
		flags |= os.O_EXCL
	}
	dev, err := os.OpenFile(name, flags, 0)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w; only root may write to it: sudo %s %s %s", err, os.Args[0], args[0], name)
	}
	if err != nil {
		return err
	}
	defer dev.Close()
	if err := copyAndVerify(p.out, dev, image, st.Size(), func() { forget(dev) }); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(p.out, "%s is ready. Boot it on a PC whose firmware starts disks the BIOS way (\"legacy\" or \"CSM\").\n", name)
	return dev.Close()
}

const block = 1 << 20

// device is what a copy is written to.
type device interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// copyAndVerify writes size bytes of image to dev, makes sure that they are
// there, and compares. forget makes the host forget what it has cached.
func copyAndVerify(out io.Writer, dev device, image io.ReaderAt, size int64, forget func()) error {
	buf, back := make([]byte, block), make([]byte, block)
	pass := func(what string, do func(at int64, b []byte) error) error {
		for at := int64(0); at < size; at += block {
			b := buf[:min(block, size-at)]
			if _, err := image.ReadAt(b, at); err != nil && err != io.EOF {
				return fmt.Errorf("reading the image: %w", err)
			}
			if err := do(at, b); err != nil {
				return err
			}
			fmt.Fprintf(out, "\r%s %3d%% of %d MiB", what, (at+int64(len(b)))*100/size, (size+block-1)/block)
		}
		fmt.Fprintln(out)
		return nil
	}
	err := pass("writing  ", func(at int64, b []byte) error {
		if _, err := dev.WriteAt(b, at); err != nil {
			return fmt.Errorf("writing at %d MiB: %w", at/block, err)
		}
		return nil
	})
	if err == nil {
		if err = dev.Sync(); err != nil {
			err = fmt.Errorf("the device does not take what was written: %w", err)
		}
	}
	if err != nil {
		return err
	}
	forget()
	return pass("verifying", func(at int64, b []byte) error {
		r := back[:len(b)]
		if n, err := dev.ReadAt(r, at); n < len(r) || err != nil && err != io.EOF {
			return fmt.Errorf("reading back at %d MiB: %w", at/block, err)
		}
		for i := range b {
			if b[i] != r[i] {
				return fmt.Errorf("byte %d is not what was written; do not trust this stick", at+int64(i))
			}
		}
		return nil
	})
}
