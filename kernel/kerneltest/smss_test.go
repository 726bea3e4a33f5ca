package kerneltest

import (
	"strings"
	"testing"

	"gont/qemu"
)

// TestExecute (S1): of the programs that Session Manager\Execute names, one that is not there, one
// whose device is not there, and those that end at once, well or badly, are told of and given up;
// the others go on, and so does the session manager.
func TestExecute(t *testing.T) {
	t.Parallel()
	img := withRegistry(t, image(t, ""), control+`\Session Manager]
"Execute"=str(7):"missing.exe\0nsh.exe /C ver\0nsh.exe /C frob\0nsh.exe \\Device\\Nothing\0nsh.exe \\Device\\Serial0\0"
`)
	g := qemu.Boot(t, qemu.Config{Image: img.Name, Disk: qemu.Virtio})
	g.Line(waiting, stopLine)
	left := map[string]bool{
		`missing.exe: STATUS_OBJECT_NAME_NOT_FOUND`:                                                                   true,
		`nsh.exe \Device\Nothing has no device to work on and is not started again`:                                   true,
		`nsh.exe /C ver has ended with STATUS_SUCCESS, 5 times within 5s of its start; it is not started again`:       true,
		`nsh.exe /C frob has ended with STATUS_UNSUCCESSFUL, 5 times within 5s of its start; it is not started again`: true,
	}
	again := 0
	for len(left) > 0 {
		switch said := strings.TrimSpace(g.Expect(`smss: ([^\n]+)\n`)[1]); {
		case left[said]:
			delete(left, said)
		case said == `nsh.exe /C frob has ended with STATUS_UNSUCCESSFUL and is started again`:
			again++
		default:
			t.Fatalf("the session manager says %q; it has not said %v", said, left)
		}
	}
	if again < 4 { // more on a host that is so busy that a life takes five seconds
		t.Errorf("what ended badly was started again %d times", again)
	}
	if got := prompted(t, g, "ps"); strings.Count(got, "nsh.exe") != 1 || strings.Count(got, "smss.exe") != 1 {
		t.Errorf("the programs are\n%s", got)
	}
}
