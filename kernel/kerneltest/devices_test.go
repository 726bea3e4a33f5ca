package kerneltest

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"gont/qemu"
)

// TestDevices (I2, I10, K2): a PC's devices are found, started and used by a program: the
// serial port that the kernel's text goes to, one of its own, one at PCI, the screen, the
// clock, the speaker, the keyboard.
func TestDevices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, options string
		config        qemu.Config
		com2          bool
	}{
		{"pc", "", qemu.Config{}, true},
		{"q35 with 4 processors", "", qemu.Config{Machine: qemu.Q35, SMP: 4}, false},
		{"8259s", "/HAL=STANDARD", qemu.Config{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			make := image
			if !c.com2 {
				make = checked // the rules about IRQL and locks are enforced
			}
			img := with(t, make(t, c.options), "nttest/devices.exe")
			socket := filepath.Join(t.TempDir(), "com2")
			l, err := net.Listen("unix", socket)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			c.config.Image, c.config.Disk = img.Name, qemu.Virtio
			device := "isa-serial,chardev=c2,iobase=0x2f8,irq=3"
			if !c.com2 {
				device = "pci-serial,chardev=c2"
			}
			c.config.Args = []string{"-chardev", "socket,id=c2,path=" + socket, "-device", device}
			g := qemu.Boot(t, c.config)
			g.Line(`^GoNT Session Manager \(devices\)`, stopLine)
			g.Line(`^DEVICES com1 at 115200, type two lines$`, stopLine)
			for _, s := range []string{"hello", "a line of more than sixteen characters, which the FIFO does not hold"} {
				g.Type(s + "\r")
				g.Line(`^echo: `+strings.ToUpper(s)+`$`, stopLine)
			}
			g.Line(`^DEVICES com1 ok$`, stopLine)
			g.Line(`^DEVICES com2 at 57600, \{StopBits:0 Parity:2 WordLength:8\}; STATUS_INVALID_PARAMETER$`, stopLine)
			g.Line(`^DEVICES com2 early: 0 bytes, STATUS_TIMEOUT$`, stopLine)
			conn, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			r := bufio.NewReader(conn)
			expect := func(want string) {
				t.Helper()
				if s, err := r.ReadString('\n'); err != nil || s != want+"\n" {
					t.Fatalf("COM2 says %q, %v; want %q", s, err, want)
				}
			}
			expect("ready")
			sent := 4
			for i := range 20 {
				s := strings.Repeat(fmt.Sprintf("line %d ", i), 1+3*i)
				fmt.Fprintf(conn, "%s\n", s)
				sent += len(s) + 1
				expect(strings.ToUpper(s))
			}
			fmt.Fprint(conn, "end\n")
			g.Line(fmt.Sprintf(`^DEVICES com2 has received %d bytes, lost 0$`, sent), stopLine)
			size := g.Line(`^DEVICES video \d+ by \d+$`, stopLine)
			if text := g.ScreenText(); strings.Contains(size, "80 by 25") && !strings.Contains(text, "\n    Green") {
				t.Errorf("on the screen is\n%s", text)
			}
			g.Line(`^DEVICES rtc true ticks, 1 alarms$`, stopLine)
			g.Line(`^DEVICES beep of 1 Hz: STATUS_INVALID_PARAMETER$`, stopLine)
			g.Line(`^DEVICES type a line on the keyboard$`, stopLine)
			if err := g.SendKeys("shift-h", "i", "spc", "caps_lock", "x", "up", "ret"); err != nil {
				t.Fatal(err)
			}
			g.Line(`^DEVICES keyboard "Hi X\\x1b\[A\\r", LEDs 4$`, stopLine)
			g.Line(`^DEVICES done$`, stopLine)
		})
	}
}
