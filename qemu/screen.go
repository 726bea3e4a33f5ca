package qemu

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The text screen (VGA mode 3).
const (
	textBase = 0xb8000
	textCols = 80
	textRows = 25
)

// ReadPhys reads n bytes of the guest's physical memory.
func (vm *VM) ReadPhys(address uint64, n int) ([]byte, error) {
	dir, err := os.MkdirTemp("", "gont-qemu")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "memory")
	if _, err := vm.QMP("pmemsave", map[string]any{"val": address, "size": n, "filename": name}); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(name)
	if err == nil && len(b) != n {
		err = fmt.Errorf("pmemsave: %d bytes instead of %d", len(b), n)
	}
	return b, err
}

// Cell is one character on the text screen with its attribute byte: foreground
// in bits 0-3, background in bits 4-6.
type Cell struct{ Char, Attr byte }

// Cells returns the characters on the screen: in text mode the 25 rows of 80 cells of the
// text buffer, in graphics mode rows of cells of 8 by 16 pixels (graphics.go).
func (vm *VM) Cells() ([][]Cell, error) {
	p, err := vm.picture()
	if err != nil {
		return nil, err
	}
	if !p.textMode() {
		font, err := vm.font()
		if err != nil {
			return nil, err
		}
		if font == nil { // the firmware has not put the VGA BIOS there yet
			return nil, nil
		}
		return p.cells(font), nil
	}
	b, err := vm.ReadPhys(textBase, textCols*textRows*2)
	if err != nil {
		return nil, err
	}
	rows := make([][]Cell, textRows)
	for y := range rows {
		rows[y] = make([]Cell, textCols)
		for x := range rows[y] {
			v := binary.LittleEndian.Uint16(b[(y*textCols+x)*2:])
			rows[y][x] = Cell{byte(v), byte(v >> 8)}
		}
	}
	return rows, nil
}

// Screen returns the screen's lines without blanks at their ends.
// What is not ASCII is shown as '?'.
func (vm *VM) Screen() (string, error) {
	rows, err := vm.Cells()
	if err != nil {
		return "", err
	}
	var lines []string
	for _, r := range rows {
		var s strings.Builder
		for _, c := range r {
			switch {
			case c.Char == 0: // nothing, or no character
				s.WriteByte(' ')
			case c.Char < ' ' || c.Char > '~':
				s.WriteByte('?')
			default:
				s.WriteByte(c.Char)
			}
		}
		lines = append(lines, strings.TrimRight(s.String(), " "))
	}
	return strings.Join(lines, "\n"), nil
}

// Screendump writes the screen to a PPM file.
func (vm *VM) Screendump(name string) error {
	_, err := vm.QMP("screendump", map[string]any{"filename": name})
	return err
}

// SendKeys presses and releases keys one after the other on the PC's
// keyboard. Names are QEMU's QKeyCode: "a", "down", "ret", "f8"; keys held
// together are joined by "-", as in "ctrl-alt-delete".
func (vm *VM) SendKeys(keys ...string) error {
	for _, k := range keys {
		var list []map[string]string
		for _, part := range strings.Split(k, "-") {
			list = append(list, map[string]string{"type": "qcode", "data": part})
		}
		if _, err := vm.QMP("send-key", map[string]any{"keys": list}); err != nil {
			return err
		}
	}
	return nil
}
