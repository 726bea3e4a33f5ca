package registry

import "gont/cm/regf"

// mostPrograms is how many Programs names at most.
const mostPrograms = 16

// Programs are the files of the programs that Session Manager\Execute starts: the first
// word of each line, each file once, none with a path.
func (s *System) Programs(set regf.Cell) (files []string) {
	for _, line := range s.texts(s.Hive.Open(set, `Control\Session Manager`), "Execute") {
		end := 0
		for end < len(line) && line[end] != ' ' && line[end] != '\t' {
			end++
		}
		name := line[:end]
		for _, f := range files {
			if f == name {
				name = ""
			}
		}
		if plainName(name) && len(files) < mostPrograms {
			files = append(files, name)
		}
	}
	return files
}
