// Package registry is what OSLDR needs of the SYSTEM hive: the hive itself, from its
// file, its logs or its alternate (SPEC B5); the control set by Select (B6); boot-start
// drivers in their order (I3 to I7), and the files with character tables.
package registry

import (
	"gont/arc"
	"gont/boot/osldr/status"
	"gont/cm/regf"
)

// Source reads files of the directory config.
type Source interface {
	// Read returns what a file holds. The bytes are the caller's to change.
	Read(name string) ([]byte, error)
	// Free takes back what Read has returned.
	Free(data []byte)
	// Room is told how many bytes of hives and logs are looked at next.
	Room(size int)
}

// System is the SYSTEM hive.
type System struct {
	Hive   *regf.Hive
	Source arc.HiveSource
	Faults int      // what was mended
	Lines  []string // for people: what was wrong, and what became of it
	// Data are the bytes of src's that the hive lives in, nil when it lives in memory
	// of its own.
	Data []byte
}

// Name of the hive, and of its logs and its copy.
const (
	hiveName  = "SYSTEM"
	altName   = "SYSTEM.ALT"
	oldLog    = "SYSTEM.LOG"
	mostFacts = 4 // faults of a hive that are named
)

// newLogs have entries each of its own, and are better than an old one.
var newLogs = [2]string{"SYSTEM.LOG1", "SYSTEM.LOG2"}

// Load gets the SYSTEM hive from src: from its file and, where that was not completely
// written, its logs; where it is no hive, or has no control set, from its alternate. The
// bins stay in src's bytes where they can; others come from memory. The error is that of
// the hive's own file.
func Load(src Source, memory regf.Memory) (*System, error) {
	s := &System{}
	err := s.load(src, memory, hiveName)
	if err == nil {
		return s, nil
	}
	s.say(hiveName, " cannot be used: ", Text(err))
	other := s.load(src, memory, altName)
	if other != nil {
		s.say(altName, " cannot be used: ", Text(other))
		return s, err
	}
	s.Source = arc.HiveAlternate
	s.say(altName, ", its copy, is used instead.")
	return s, nil
}

func (s *System) say(parts ...string) {
	line := ""
	for _, p := range parts {
		line += p
	}
	s.Lines = append(s.Lines, line)
}

// Text is an error in words; those of files come with their status.
func Text(err error) string {
	if e, ok := err.(*status.Error); ok {
		return e.Error()
	}
	return status.Corrupt(err.Error()).Error()
}

func (s *System) load(src Source, memory regf.Memory, name string) error {
	data, err := src.Read(name)
	if err != nil {
		return err
	}
	var logs [][]byte
	size := len(data)
	if name == hiveName && !regf.Whole(data) {
		logs = readLogs(src)
		for _, l := range logs {
			size += len(l)
		}
	}
	src.Room(size)
	h, r, err := regf.Load(data, regf.Options{Memory: memory, Logs: logs, Adopt: true})
	for _, l := range logs {
		src.Free(l)
	}
	if err == nil && !hasSet(h) {
		err = regf.Error("it has no control set")
		h.Close()
	}
	if err != nil {
		src.Free(data)
		return err
	}
	if s.Data = data; r.Recovered {
		src.Free(data) // the hive has pages of its own
		s.Data = nil
	}
	s.Hive, s.Faults, s.Source = h, r.Faults, arc.HiveSound
	switch {
	case r.Recovered:
		s.Source = arc.HiveRecovered
		s.say(name, " was not completely written; it was made whole from its log.")
	case r.Faults > 0:
		s.Source = arc.HiveHealed
	}
	s.faults(name, r)
	return nil
}

func readLogs(src Source) (logs [][]byte) {
	for _, n := range newLogs {
		if b, err := src.Read(n); err == nil && len(b) > 0 {
			logs = append(logs, b)
		}
	}
	if logs == nil {
		if b, err := src.Read(oldLog); err == nil && len(b) > 0 {
			logs = append(logs, b)
		}
	}
	return logs
}

// faults tells of the first faults, and how many there are.
func (s *System) faults(name string, r *regf.Report) {
	if r.Faults == 0 {
		return
	}
	s.say(name, " was damaged; faults mended: ", status.Dec(uint64(r.Faults)))
	n := 0
	for _, f := range r.List {
		if f.Note {
			continue
		}
		if n++; n > mostFacts {
			s.say("  and more")
			return
		}
		s.say("  ", f.String())
	}
}

// Whole is the hive as a file in dst, which has Hive.Length() bytes. Where dst begins
// with the bytes that the hive was loaded from, they need not move.
func (s *System) Whole(dst []byte) error {
	w := writer{dst: dst}
	_, err := s.Hive.WriteTo(&w)
	return err
}

type writer struct {
	dst []byte
	at  int
}

func (w *writer) Write(p []byte) (int, error) {
	n := copy(w.dst[w.at:], p)
	w.at += n
	if n < len(p) {
		return n, status.NoMemory
	}
	return n, nil
}
