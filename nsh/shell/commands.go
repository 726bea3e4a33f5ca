package shell

import (
	"fmt"
	"strings"
)

// commands is the table in the order of "help". It is filled in by init, since
// "help" reads it.
var commands []command

func init() {
	commands = []command{
		{"help", "help [COMMAND]", "list the commands, or explain one", "", help},
		{"ver", "ver", "what runs, and on what", "", version},
		{"ps", "ps", "list the processes", "", processes},
		{"threads", "threads PID", "list the threads of a process", "", threads},
		{"kill", "kill PID", "end a process", "", kill},
		{"run", "run IMAGE [ARGUMENT ...] [&]", "start a program and wait for its end", runMore, run},
		{"mem", "mem", "how much memory there is, and what it is used for", "", memory},
		{"obj", `obj [\PATH]`, "list a directory of objects, or show an object", objMore, object},
		{"handles", "handles PID", "list the handles of a process", "", handles},
		{"reg", "reg query|add|delete|save|load|unload|flush KEY ...", "look into the registry, or change it", regMore, registry},
		{"drivers", "drivers [load|unload NAME]", "list the drivers in the order in which they were started, or load one", "", drivers},
		{"devices", "devices", "show the tree of devices with their resources", "", devices},
		{"irq", "irq", "list interrupt lines, vectors and counts", "", interrupts},
		{"steps", "steps [ID]", "show the boot trace", "", steps},
		{"opt", "opt", "list the boot options", "", options},
		{"tune", "tune [NAME]", "list the control vector", "", tuning},
		{"date", `date [YYYY-MM-DD HH:MM:SS]`, "show date and time (UTC), or set them", "", date},
		{"cd", `cd [DIRECTORY]`, "show the current directory, or change it; X: changes the drive", "", changeDirectory},
		{"dir", "dir [PATH]", "list a directory, or the files that a pattern stands for", "", dir},
		{"type", "type FILE", "show a file as text", "", typeFile},
		{"hexdump", "hexdump FILE", "show a file's bytes", "", hexdump},
		{"sum", "sum FILES", "show the SHA-256 sums of files", "", sum},
		{"copy", "copy FILES TO", "copy files", "", copyFiles},
		{"move", "move FILES TO", "move files, or rename one", "", move},
		{"ren", "ren FILE NAME", "rename a file or a directory", "", ren},
		{"del", "del FILES", "delete files", "", del},
		{"mkdir", "mkdir DIRECTORY", "make a directory", "", mkdir},
		{"rmdir", "rmdir DIRECTORY", "delete an empty directory", "", rmdir},
		{"attrib", "attrib [+|-R|H|S|A ...] FILES", "show attributes, or change them", attribMore, attrib},
		{"vol", "vol [X:]", "show a volume's label, size and free space", "", vol},
		{"label", "label X: [LABEL]", "give a volume a label, or take it away", "", label},
		{"mountvol", "mountvol", "list the volumes' names", "", mountvol},
		{"disk", "disk", "list the disks and what has happened to them", "", disks},
		{"sync", "sync", "write all volumes", "", syncVolumes},
		{"cache", "cache", "show what memory has of files: pages, hits, what is dirty", "", cache},
		{"chkdsk", "chkdsk [-f] [X:]", "look for faults of a volume, and mend them with -f", "", chkdsk},
		{"format", "format X: [/L:LABEL] [/A:BYTES] /Y", "make a new, empty FAT volume", formatMore, format},
		{"shutdown", "shutdown", "switch the machine off", "", shutdown},
		{"reboot", "reboot [ENTRY|LKG]", "start the machine again", rebootMore, reboot},
		{"crash", "crash [STATUS]", "stop the system with a blue screen", crashMore, crash},
		{"exit", "exit", "end this shell; the session manager starts another", "", exit},
	}
}

func help(s *Shell, args []string) error {
	if len(args) > 1 {
		return errUsage
	}
	if len(args) == 1 {
		c := find(args[0])
		if c == nil {
			return wrong("there is no command %q", args[0])
		}
		s.printf("usage: %s\n%s\n%s", c.usage, upperFirst(c.about)+".", c.more)
		return nil
	}
	width := 0
	for _, c := range commands {
		width = max(width, len(c.name))
	}
	for _, c := range commands {
		s.printf("  %-*s  %s\n", width, c.name, c.about)
	}
	s.printf("\"help COMMAND\" says how one is used. Tab completes, arrows bring earlier lines back.\n")
	return nil
}

func exit(s *Shell, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	s.done = true
	return nil
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// number reads a decimal number, or a hexadecimal one after 0x, of at most bits
// bits.
func number(text string, bits int) (n uint64, ok bool) {
	base := uint64(10)
	if len(text) > 2 && (text[:2] == "0x" || text[:2] == "0X") {
		base, text = 16, text[2:]
	}
	if text == "" {
		return 0, false
	}
	for _, c := range []byte(text) {
		d := uint64(99)
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = uint64(c|0x20-'a') + 10
		}
		if d >= base || n > (^uint64(0)-d)/base {
			return 0, false
		}
		n = n*base + d
	}
	return n, bits == 64 || n < 1<<bits
}

// processID is a command's only argument.
func processID(args []string) (uint64, error) {
	if len(args) != 1 {
		return 0, errUsage
	}
	n, ok := number(args[0], 32)
	if !ok {
		return 0, wrong("%q is no process id", args[0])
	}
	return n, nil
}

// none is for tables whose rows are all absent.
func (s *Shell) none(what string) { s.printf("no %s\n", what) }

func hex(n uint64) string { return fmt.Sprintf("%#x", n) }
