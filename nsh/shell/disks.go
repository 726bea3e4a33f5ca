package shell

import "fmt"

// disks lists the disks with their drivers and what has become of requests, and then the partitions with what leads to them.
func disks(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	list, st := s.sys.Disks()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	if len(list) == 0 {
		s.none("disks: no driver of a disk is loaded, or it has found none")
		return nil
	}
	sector := map[uint32]uint64{}
	var rows [][]string
	for _, d := range list {
		state := "works"
		if d.Dead != 0 {
			state = "does not answer"
		}
		sector[d.Number] = uint64(d.SectorSize)
		rows = append(rows, []string{fmt.Sprint(d.Number), d.Name, size(int64(d.Sectors) * int64(d.SectorSize)), fmt.Sprint(d.SectorSize), fmt.Sprint(d.Partitions),
			fmt.Sprint(d.Reads), fmt.Sprint(d.Writes), fmt.Sprint(d.Flushes), fmt.Sprint(d.Errors), fmt.Sprint(d.Resets), state, d.Driver})
	}
	s.table([]string{"Disk", "<Name", "Size", "Sector", "Partitions", "Reads", "Writes", "Flushes", "Errors", "Resets", "<State", "<Driver"}, rows)
	parts, st := s.sys.Partitions()
	if !st.OK() {
		return failed("NtQuerySystemInformation", st)
	}
	if len(parts) == 0 {
		return nil
	}
	letters := map[string]string{}
	names, _ := s.sys.Directory(`\GLOBAL??`) // without it the letters are missing
	for _, e := range names {
		if len(e.Name) == 2 && e.Name[1] == ':' {
			letters[e.Target] = e.Name
		}
	}
	rows = nil
	for _, p := range parts {
		more := ""
		if p.Active != 0 {
			more = "active"
		}
		if p.Logical != 0 {
			more = "logical"
		}
		rows = append(rows, []string{fmt.Sprint(p.Disk), fmt.Sprint(p.Number), fmt.Sprint(p.Start), size(int64(p.Sectors * sector[p.Disk])), p.Kind, p.Device, letters[p.Device], more})
	}
	s.table([]string{"Disk", "Partition", "First sector", "Size", "<Type", "<Device", "<Letter", "<"}, rows)
	return nil
}
