package shell

import (
	"slices"
	"strings"

	"gont/nt"
)

// Complete finds what the word before pos in line may become. It returns the line
// and the cursor's place with as much added as all candidates have in common, and
// the candidates where there is more than one and nothing could be added.
func (s *Shell) Complete(line string, pos int) (string, int, []string) {
	head, word, quoted := lastWord(line[:pos])
	words, err := Split(head)
	if err != nil {
		return line, pos, nil
	}
	candidates := s.candidates(words, word)
	if len(candidates) == 0 {
		return line, pos, nil
	}
	more := candidates[0]
	for _, c := range candidates[1:] {
		more = common(more, c)
	}
	done := len(candidates) == 1 && !strings.HasSuffix(more, `\`)
	if len(more) <= len(word) && !done {
		if len(candidates) > 1 {
			return line, pos, candidates
		}
		return line, pos, nil
	}
	// A word with blanks needs marks around it.
	text := more
	if quoted || strings.ContainsAny(more, " \t") {
		text = `"` + more
		if done {
			text += `"`
		}
	}
	if done && (pos == len(line) || line[pos] != ' ') {
		text += " "
	}
	return head + text + line[pos:], len(head) + len(text), nil
}

// lastWord cuts the last word off a line; quoted: it begins with a quotation mark.
func lastWord(line string) (head, word string, quoted bool) {
	start, inMarks := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			inMarks = !inMarks
		case !inMarks && (c == ' ' || c == '\t'):
			start = i + 1
		}
	}
	word = line[start:]
	return line[:start], strings.ReplaceAll(word, `"`, ""), strings.HasPrefix(word, `"`)
}

// common is what two texts begin with in any case, in a's writing.
func common(a, b string) string {
	n := 0
	for i, r := range a {
		end := i + len(string(r))
		if end > len(a) || end > len(b) || !strings.EqualFold(a[:end], b[:end]) {
			break
		}
		n = end
	}
	return a[:n]
}

// candidates are the words that word may become after those that are there.
func (s *Shell) candidates(words []string, word string) []string {
	if len(words) == 0 {
		return commandNames(word)
	}
	c := find(words[0])
	if c == nil {
		return nil
	}
	switch {
	case c.name == "help" && len(words) == 1:
		return commandNames(word)
	case strings.Contains(" cd dir type hexdump sum copy move ren del mkdir rmdir attrib ", " "+c.name+" "):
		return s.fileNames(word)
	case c.name == "obj" && len(words) == 1:
		return s.objects(word)
	case c.name == "run" && len(words) == 1:
		return s.images(word)
	case c.name == "reg" && len(words) == 1:
		var list []string
		for _, v := range regVerbs {
			list = append(list, v.name)
		}
		return beginning(list, word)
	case c.name == "reg" && len(words) == 2:
		return s.keys(word)
	case c.name == "reg" && strings.EqualFold(words[len(words)-1], "/v"):
		return s.values(words[2], word)
	case c.name == "reg" && strings.EqualFold(words[len(words)-1], "/t"):
		return beginning(regTypes, word)
	}
	return nil
}

// beginning are those of list that begin with word in any case.
func beginning(list []string, word string) (found []string) {
	for _, x := range list {
		if len(x) >= len(word) && strings.EqualFold(x[:len(word)], word) {
			found = append(found, x)
		}
	}
	slices.Sort(found)
	return found
}

func commandNames(word string) []string {
	var list []string
	for _, c := range commands {
		list = append(list, c.name)
	}
	return beginning(list, word)
}

// objects completes a path of objects.
func (s *Shell) objects(word string) []string {
	at := strings.LastIndex(word, `\`)
	if !strings.HasPrefix(word, `\`) {
		return beginning([]string{`\`}, word)
	}
	if lower := strings.ToLower(word); strings.HasPrefix(lower, `\registry\`) {
		return s.keys(word)
	}
	dir := word[:at]
	if dir == "" {
		dir = `\`
	}
	entries, st := s.sys.Directory(dir)
	if !st.OK() {
		return nil
	}
	var list []string
	for _, e := range entries {
		name := word[:at+1] + e.Name
		if e.Type == "Directory" {
			name += `\`
		}
		list = append(list, name)
	}
	return beginning(list, word)
}

// fileNames completes a path of files; a directory ends with a backslash.
func (s *Shell) fileNames(word string) []string {
	at := strings.LastIndexAny(word, `\:`)
	dir, err := s.full(word[:at+1])
	if err != nil {
		return nil
	}
	var list []string
	s.sys.ListFiles(native(dir), "*", func(e FileEntry) bool {
		if name := word[:at+1] + e.Name; e.Name != "." && e.Name != ".." {
			if e.directory() {
				name += `\`
			}
			list = append(list, name)
		}
		return len(list) < mostNames
	})
	return beginning(list, word)
}

// mostNames is how many files of a directory are looked at.
const mostNames = 1000

func (s *Shell) images(word string) []string {
	entries, st := s.sys.Directory(`\BootImages`)
	if !st.OK() {
		return nil
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return beginning(list, word)
}

// keys completes a key's path, however it begins.
func (s *Shell) keys(word string) []string {
	at := strings.LastIndex(word, `\`)
	if at <= 0 {
		return beginning([]string{`\Registry\`, `HKLM\`, `HKU\`}, word)
	}
	path, err := keyPath(word[:at])
	if err != nil {
		return nil
	}
	h, st := s.sys.OpenKey(path, nt.GenericRead)
	if !st.OK() {
		return nil
	}
	defer s.sys.CloseKey(h)
	keys, st := s.sys.Subkeys(h)
	if !st.OK() {
		return nil
	}
	var list []string
	for _, k := range keys {
		list = append(list, word[:at+1]+k)
	}
	found := beginning(list, word)
	// Where only this key is meant, show that it has keys.
	if len(found) == 1 {
		if below, st := s.sys.OpenKey(path+`\`+found[0][at+1:], nt.GenericRead); st.OK() {
			if more, st := s.sys.Subkeys(below); st.OK() && len(more) > 0 {
				found[0] += `\`
			}
			s.sys.CloseKey(below)
		}
	}
	return found
}

// values completes a value's name.
func (s *Shell) values(key, word string) []string {
	path, err := keyPath(key)
	if err != nil {
		return nil
	}
	h, st := s.sys.OpenKey(path, nt.GenericRead)
	if !st.OK() {
		return nil
	}
	defer s.sys.CloseKey(h)
	values, st := s.sys.Values(h)
	if !st.OK() {
		return nil
	}
	var list []string
	for _, v := range values {
		if v.Name != "" {
			list = append(list, v.Name)
		}
	}
	return beginning(list, word)
}
