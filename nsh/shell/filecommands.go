package shell

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"gont/nt"
)

// block is how much is read at a time.
const block = 64 << 10

// progressBytes: after so many bytes a line says how far a command is.
const progressBytes = 16 << 20

// readAccess and the like are what the commands open files for.
const (
	readAccess  = nt.FileReadData | nt.FileReadAttributes | nt.Synchronize
	writeAccess = nt.FileWriteData | nt.FileWriteAttributes | nt.Synchronize
)

func changeDirectory(s *Shell, args []string) error {
	switch len(args) {
	case 0:
		if s.cwd == "" {
			return errNoDisk
		}
		s.printf("%s\n", printable(s.cwd))
		return nil
	case 1:
	default:
		return errUsage
	}
	path, err := s.full(args[0])
	if err != nil {
		return err
	}
	a, st := s.sys.Attributes(native(path))
	if st.OK() && a.FileAttributes&nt.FileAttributeDirectory == 0 {
		st = nt.StatusNotADirectory
	}
	if !st.OK() {
		return failed(path, st)
	}
	if strings.HasPrefix(path, `\`) {
		return wrong("%s has no drive letter", path)
	}
	s.cwd = path
	return nil
}

// attributeLetters show attributes.
var attributeLetters = []struct {
	letter byte
	bit    uint32
}{{'R', nt.FileAttributeReadOnly}, {'H', nt.FileAttributeHidden}, {'S', nt.FileAttributeSystem}, {'A', nt.FileAttributeArchive}}

func letters(a uint32) string {
	b := []byte("----")
	for i, l := range attributeLetters {
		if a&l.bit != 0 {
			b[i] = l.letter
		}
	}
	return string(b)
}

func stamp(t int64) string {
	if t <= 0 {
		return "                "
	}
	return systemTime(uint64(t)).Format("2006-01-02 15:04")
}

func dir(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	path, err := s.full(strings.Join(args, ""))
	if err != nil {
		return err
	}
	where, pattern := path, "*"
	if !s.isDirectory(path) {
		where, pattern = splitPath(path)
	}
	files, directories, bytes := 0, 0, int64(0)
	st := s.sys.ListFiles(native(where), pattern, func(e FileEntry) bool {
		size := fmt.Sprintf("%12d", e.Size)
		if e.directory() {
			directories++
			size = "       <DIR>"
		} else {
			files++
			bytes += e.Size
		}
		s.printf("%s  %s  %s  %-12s  %s\n", stamp(e.Written), letters(e.Attributes), size, oneLine(e.Short), oneLine(e.Name))
		return true
	})
	if !st.OK() {
		return failed(path, st)
	}
	s.printf("%d files with %d bytes, %d directories\n", files, bytes, directories)
	if v, st := s.sys.Volume(native(path)); st.OK() {
		s.printf("%s free\n", size(v.Size.AvailableAllocationUnits*v.unit()))
	}
	return nil
}

func (v *VolumeInfo) unit() int64 {
	return int64(v.Size.SectorsPerAllocationUnit) * int64(v.Size.BytesPerSector)
}

// size shows bytes.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// eachBlock reads a file, a block at a time.
func (s *Shell) eachBlock(path string, f func(b []byte, at int64) error) error {
	h, st := s.sys.OpenFile(native(path), readAccess, nt.FileOpen, nt.FileNonDirectoryFile|nt.FileSequentialOnly, 0)
	if !st.OK() {
		return failed(path, st)
	}
	defer h.Close()
	b := make([]byte, block)
	for at := int64(0); ; {
		n, st := h.Read(b, at)
		if st == nt.StatusEndOfFile || st.OK() && n == 0 {
			return nil
		}
		if !st.OK() {
			return failed(path, st)
		}
		if err := f(b[:n], at); err != nil {
			return err
		}
		if at += int64(n); at%progressBytes == 0 {
			s.printf("... %s\n", size(at))
			s.flush()
		}
	}
}

// onlyFile is a command's only argument, a path.
func (s *Shell) onlyFile(args []string) (string, error) {
	if len(args) != 1 {
		return "", errUsage
	}
	return s.full(args[0])
}

func typeFile(s *Shell, args []string) error {
	path, err := s.onlyFile(args)
	if err != nil {
		return err
	}
	last := byte('\n')
	err = s.eachBlock(path, func(b []byte, _ int64) error {
		last = b[len(b)-1]
		s.printf("%s", printable(plain.Replace(string(b))))
		return nil
	})
	if err == nil && last != '\n' {
		s.printf("\n")
	}
	return err
}

// plain makes line ends and tabs of a file such as a terminal takes.
var plain = strings.NewReplacer("\r\n", "\n", "\t", "    ")

// mostDump is how much of a file hexdump shows.
const mostDump = 1 << 20

func hexdump(s *Shell, args []string) error {
	path, err := s.onlyFile(args)
	if err != nil {
		return err
	}
	return s.eachBlock(path, func(b []byte, at int64) error {
		for i := 0; i < len(b); i += 16 {
			row := b[i:min(i+16, len(b))]
			text := make([]byte, len(row))
			for j, c := range row {
				if text[j] = c; c < ' ' || c > '~' {
					text[j] = '.'
				}
			}
			s.printf("%08x  %-48s %s\n", at+int64(i), fmt.Sprintf("% x", row), text)
		}
		if at+int64(len(b)) >= mostDump {
			return wrong("the first %d KB are enough", mostDump>>10)
		}
		return nil
	})
}

func sum(s *Shell, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	list, err := s.expand(args[0], false)
	if err != nil {
		return err
	}
	for _, path := range list {
		h := sha256.New()
		if err := s.eachBlock(path, func(b []byte, _ int64) error { h.Write(b); return nil }); err != nil {
			return err
		}
		s.printf("%x  %s\n", h.Sum(nil), oneLine(path))
	}
	return nil
}

// target is where a file goes: into a directory under its own name, or to be called so.
func (s *Shell) target(from, to string) string {
	if s.isDirectory(to) {
		_, name := splitPath(from)
		return join(to, name)
	}
	return to
}

// two are a command's two paths; the first may stand for several files, then the second is a
// directory.
func (s *Shell) two(args []string) (list []string, to string, err error) {
	if len(args) != 2 {
		return nil, "", errUsage
	}
	if list, err = s.expand(args[0], false); err != nil {
		return nil, "", err
	}
	if to, err = s.full(args[1]); err != nil {
		return nil, "", err
	}
	if wild(args[0]) && !s.isDirectory(to) {
		return nil, "", wrong("%s is no directory", to)
	}
	return list, to, nil
}

func copyFiles(s *Shell, args []string) error {
	list, to, err := s.two(args)
	if err != nil {
		return err
	}
	for _, from := range list {
		if err := s.copyFile(from, s.target(from, to)); err != nil {
			return err
		}
	}
	s.printf("%d files copied\n", len(list))
	return nil
}

// copyFile copies data, attributes and the time of the last change. What was begun is taken away
// after an error.
func (s *Shell) copyFile(from, to string) (err error) {
	a, st := s.sys.Attributes(native(from))
	if !st.OK() {
		return failed(from, st)
	}
	if a.FileAttributes&nt.FileAttributeDirectory != 0 {
		return failed(from, nt.StatusFileIsADirectory)
	}
	if strings.EqualFold(from, to) {
		return wrong("%s would be copied to itself", from)
	}
	h, st := s.sys.OpenFile(native(to), writeAccess, nt.FileOverwriteIf, nt.FileNonDirectoryFile, nt.FileAttributeNormal)
	if !st.OK() {
		return failed(to, st)
	}
	defer func() {
		h.Close()
		if err != nil {
			s.sys.DeleteFile(native(to))
		}
	}()
	err = s.eachBlock(from, func(b []byte, at int64) error {
		_, st := h.Write(b, at)
		return failed(to, st)
	})
	if err != nil {
		return err
	}
	return failed(to, h.Keep(a.FileAttributes, a.LastWriteTime))
}

func move(s *Shell, args []string) error {
	list, to, err := s.two(args)
	if err != nil {
		return err
	}
	for _, from := range list {
		target := s.target(from, to)
		st := s.sys.Rename(native(from), native(target), false)
		if st == nt.StatusNotSameDevice {
			if err := s.copyFile(from, target); err != nil {
				return err
			}
			st = s.sys.DeleteFile(native(from))
		}
		if !st.OK() {
			return failed(from, st)
		}
	}
	s.printf("%d files moved\n", len(list))
	return nil
}

func ren(s *Shell, args []string) error {
	if len(args) != 2 || strings.ContainsAny(args[1], `\/:`) {
		return errUsage
	}
	from, err := s.full(args[0])
	if err != nil {
		return err
	}
	dir, _ := splitPath(from)
	return failed(from, s.sys.Rename(native(from), native(join(dir, args[1])), false))
}

func del(s *Shell, args []string) error {
	if len(args) != 1 {
		return errUsage
	}
	list, err := s.expand(args[0], false)
	if err != nil {
		return err
	}
	for _, path := range list {
		if s.isDirectory(path) {
			return failed(path, nt.StatusFileIsADirectory)
		}
		if st := s.sys.DeleteFile(native(path)); !st.OK() {
			return failed(path, st)
		}
	}
	s.printf("%d files deleted\n", len(list))
	return nil
}

func mkdir(s *Shell, args []string) error {
	path, err := s.onlyFile(args)
	if err != nil {
		return err
	}
	h, st := s.sys.OpenFile(native(path), readAccess, nt.FileCreate, nt.FileDirectoryFile, nt.FileAttributeNormal)
	if st.OK() {
		h.Close()
	}
	return failed(path, st)
}

func rmdir(s *Shell, args []string) error {
	path, err := s.onlyFile(args)
	if err != nil {
		return err
	}
	a, st := s.sys.Attributes(native(path))
	if st.OK() && a.FileAttributes&nt.FileAttributeDirectory == 0 {
		st = nt.StatusNotADirectory
	}
	if st.OK() {
		st = s.sys.DeleteFile(native(path))
	}
	return failed(path, st)
}

const attribMore = "  +R or -R   read only; H hidden, S system, A archive likewise\n"

func attrib(s *Shell, args []string) error {
	var set, clear uint32
	for len(args) > 1 {
		w := strings.ToUpper(args[0])
		bit := uint32(0)
		for _, l := range attributeLetters {
			if len(w) == 2 && w[1] == l.letter {
				bit = l.bit
			}
		}
		switch {
		case bit != 0 && w[0] == '+':
			set |= bit
		case bit != 0 && w[0] == '-':
			clear |= bit
		default:
			return errUsage
		}
		args = args[1:]
	}
	if len(args) != 1 {
		return errUsage
	}
	list, err := s.expand(args[0], true)
	if err != nil {
		return err
	}
	for _, path := range list {
		a, st := s.sys.Attributes(native(path))
		if !st.OK() {
			return failed(path, st)
		}
		now := a.FileAttributes
		if set|clear != 0 {
			if now = now&^clear | set; now&^nt.FileAttributeNormal == 0 {
				now = nt.FileAttributeNormal
			}
			if st := s.sys.SetAttributes(native(path), now); !st.OK() {
				return failed(path, st)
			}
		}
		s.printf("%s  %s\n", letters(now), oneLine(path))
	}
	return nil
}
