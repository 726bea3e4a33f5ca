package shell

import (
	"strings"

	"gont/nt"
)

// volumeArgument is the volume that an argument names; without one, the current directory's.
func (s *Shell) volumeArgument(args []string) (string, error) {
	path, err := s.full(strings.Join(args, ""))
	if err != nil {
		return "", err
	}
	return volumeOf(path), nil
}

func vol(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	v, err := s.volumeArgument(args)
	if err != nil {
		return err
	}
	i, st := s.sys.Volume(native(v) + `\`)
	if !st.OK() {
		return failed(v, st)
	}
	label := i.Label
	if label == "" {
		label = "no label"
	}
	s.printf("%s  %s, %s, serial number %04X-%04X\n", v, oneLine(label), oneLine(i.System), i.Serial>>16, i.Serial&0xFFFF)
	s.printf("%s, %s free, clusters of %d bytes\n", size(i.Size.TotalAllocationUnits*i.unit()), size(i.Size.AvailableAllocationUnits*i.unit()), i.unit())
	return nil
}

func mountvol(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Directory(`\GLOBAL??`)
	if !st.OK() {
		return failed(`\GLOBAL??`, st)
	}
	var rows [][]string
	for _, e := range list {
		drive := len(e.Name) == 2 && e.Name[1] == ':'
		if e.Target == "" || !drive && !strings.HasPrefix(e.Name, "Volume{") {
			continue
		}
		text := ""
		if i, st := s.sys.Volume(native(e.Name) + `\`); st.OK() && drive {
			text = i.System + " " + i.Label
		} else if drive {
			text = st.String()
		}
		rows = append(rows, []string{e.Name, e.Target, text})
	}
	if len(rows) == 0 {
		return errNoDisk
	}
	s.table([]string{"<Name", "<Device", "<File system"}, rows)
	return nil
}

// sync has all volumes with a drive letter written.
func syncVolumes(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Directory(`\GLOBAL??`)
	if !st.OK() {
		return failed(`\GLOBAL??`, st)
	}
	done := 0
	for _, e := range list {
		if e.Target == "" || len(e.Name) != 2 || e.Name[1] != ':' {
			continue
		}
		h, st := s.sys.OpenFile(native(e.Name)+`\`, readAccess|nt.FileWriteData, nt.FileOpen, nt.FileDirectoryFile, 0)
		if st.OK() {
			st = h.Flush()
			h.Close()
		}
		if st == nt.StatusUnrecognizedVolume {
			continue // there is nothing to write
		}
		if !st.OK() {
			return failed(e.Name, st)
		}
		done++
	}
	if done == 0 {
		return errNoDisk
	}
	s.printf("%d volumes written\n", done)
	return nil
}

func chkdsk(s *Shell, args []string) error {
	mend := false
	if len(args) > 0 && strings.EqualFold(args[0], "-f") {
		mend, args = true, args[1:]
	}
	if len(args) > 1 {
		return errUsage
	}
	v, err := s.volumeArgument(args)
	if err != nil {
		return err
	}
	s.printf("looking at %s ...\n", v)
	s.flush()
	var c nt.VolumeCheck
	var text string
	var st nt.Status
	s.patiently("looking at "+v, func() { c, text, st = s.sys.Check(native(v), mend) })
	if st == nt.StatusAccessDenied && mend {
		return wrong("%s cannot be mended: files of it are open", v)
	}
	if !st.OK() {
		return failed(v, st)
	}
	s.printf("%s", printable(text))
	s.printf("%d files, %d directories, %d lost clusters\n", c.Files, c.Directories, c.LostClusters)
	switch {
	case c.Findings == 0:
		s.printf("nothing is wrong\n")
	case c.Mended != 0:
		s.printf("%d faults mended\n", c.Findings)
	default:
		s.printf("%d faults; \"chkdsk -f\" mends them\n", c.Findings)
	}
	return nil
}

const formatMore = "  /L:LABEL   up to 11 characters\n  /A:BYTES   size of a cluster, 512 to 65536\n  /Y         all files of the volume are lost; without it nothing is done\n"

func format(s *Shell, args []string) error {
	label, cluster, sure := "", uint64(0), false
	if len(args) == 0 {
		return errUsage
	}
	for _, a := range args[1:] {
		upper := strings.ToUpper(a)
		switch {
		case upper == "/Y":
			sure = true
		case strings.HasPrefix(upper, "/L:"):
			label = a[3:]
		case strings.HasPrefix(upper, "/A:"):
			n, ok := number(a[3:], 32)
			if !ok {
				return wrong("%q is no size of a cluster", a[3:])
			}
			cluster = n
		default:
			return errUsage
		}
	}
	v, err := s.volumeArgument(args[:1])
	if err != nil {
		return err
	}
	if !sure {
		return wrong("all files of %s would be lost: say /Y", v)
	}
	s.printf("formatting %s ...\n", v)
	s.flush()
	var st nt.Status
	s.patiently("formatting "+v, func() { st = s.sys.Format(native(v), label, uint32(cluster)) })
	if !st.OK() {
		if st == nt.StatusAccessDenied {
			return wrong("%s cannot be formatted: it is the system's, or files of it are open", v)
		}
		return failed(v, st)
	}
	return vol(s, []string{v})
}

func label(s *Shell, args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errUsage
	}
	v, err := s.volumeArgument(args[:1])
	if err != nil {
		return err
	}
	return failed(v, s.sys.SetLabel(native(v), strings.Join(args[1:], "")))
}
