package main

import (
	"bytes"
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"
)

// export is a name that the image offers, with its RVA.
type export struct {
	name string
	rva  uint32
}

// A driver's entry is the function DriverEntry of a package below io/drivers. It is
// exported as NAME.DriverEntry, which the driver's file imports (tools/mkdriver).
const (
	driverFolder = "/io/drivers/"
	driverEntry  = ".DriverEntry"
)

// driverEntries finds the entries of the drivers that are linked into a Go program, by
// the table of functions that every Go program has.
func driverEntries(data []byte, base uint64) ([]export, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	table, text := f.Section(".gopclntab"), f.Section(".text")
	if table == nil || text == nil {
		return nil, fmt.Errorf("is no Go program: it has no table of functions")
	}
	b, err := table.Data()
	if err != nil {
		return nil, err
	}
	t, err := gosym.NewTable(nil, gosym.NewLineTable(b, text.Addr))
	if err != nil {
		return nil, err
	}
	var list []export
	for _, fn := range t.Funcs {
		before, name, ok := strings.Cut("/"+fn.Name, driverFolder)
		if ok && before != "" && strings.HasSuffix(name, driverEntry) && !strings.Contains(name, "/") {
			list = append(list, export{name, uint32(fn.Entry - base)})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].name < list[j].name })
	return list, nil
}

// exportTable is the export directory (PE format, 6.3) of an image called module, as it
// lies at an RVA. The names are in order.
func exportTable(module string, list []export, rva uint32) []byte {
	const directory = 40
	le := binary.LittleEndian
	n := uint32(len(list))
	functions, names := rva+directory, rva+directory+4*n
	ordinals := names + 4*n
	text := ordinals + 2*n
	b := make([]byte, directory)
	le.PutUint32(b[12:], text)
	for i, v := range []uint32{1, n, n, functions, names, ordinals} {
		le.PutUint32(b[16+4*i:], v)
	}
	strs := []byte(module + "\x00")
	for _, e := range list {
		b = le.AppendUint32(b, e.rva)
	}
	for _, e := range list {
		b = le.AppendUint32(b, text+uint32(len(strs)))
		strs = append(strs, e.name+"\x00"...)
	}
	for i := range list {
		b = le.AppendUint16(b, uint16(i))
	}
	return append(b, strs...)
}
