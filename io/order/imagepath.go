package order

// File returns the file of a driver, from the root of the volume, for a system in
// systemRoot (`\Windows`). An ImagePath (SPEC I7) is REG_SZ or REG_EXPAND_SZ:
// relative to the system's directory, or from `\SystemRoot\`, `\??\C:\`, `C:\`, or the
// root of the volume. A REG_EXPAND_SZ may also begin with %SystemRoot%. Without one it is
// System32\drivers\NAME.sys. reason says what is wrong with it, "" for nothing.
func File(systemRoot, name, imagePath string, expand bool) (path, reason string) {
	p := imagePath
	if p == "" {
		return systemRoot + `\System32\drivers\` + name + ".sys", ""
	}
	expanded := false
	if rest, ok := cut(p, `%SystemRoot%`); ok && expand {
		p, expanded = systemRoot+rest, true
	}
	if expand {
		for i := range len(p) {
			if p[i] == '%' {
				return "", "ImagePath has a variable that is not %SystemRoot%"
			}
		}
	}
	if rest, ok := cut(p, `\SystemRoot\`); ok && !expanded {
		p = systemRoot + `\` + rest
	} else if rest, ok := cut(p, `\??\`); ok && !expanded {
		if p = rest; len(p) < 3 || p[1] != ':' {
			return "", "ImagePath is on a device that is not there yet"
		}
	}
	if len(p) > 2 && p[1] == ':' && p[2] == '\\' {
		if !Equal(p[:1], "C") {
			return "", "ImagePath is on a drive that is not there yet"
		}
		p = p[2:]
	}
	if p != "" && p[0] != '\\' {
		p = systemRoot + `\` + p
	}
	return p, wrong(p)
}

// wrong says what is wrong with a path.
func wrong(p string) string {
	if len(p) > 260 {
		return "ImagePath is too long"
	}
	start := 1
	for i := 1; i <= len(p); i++ {
		if i < len(p) && p[i] != '\\' {
			if c := p[i]; c < ' ' || c == '/' || c == ':' || c == '*' || c == '?' || c == '"' || c == '<' || c == '>' || c == '|' {
				return "ImagePath has a character that no file name has"
			}
			continue
		}
		switch p[start:i] {
		case "":
			return "ImagePath has a name without characters"
		case ".", "..":
			return "ImagePath leaves its directory"
		}
		start = i + 1
	}
	if len(p) < 2 {
		return "ImagePath names no file"
	}
	return ""
}

// cut returns s without a prefix, in whatever case it is.
func cut(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !Equal(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
