package nt

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestServices: package goos repeats some service numbers; they are the same.
func TestServices(t *testing.T) {
	number := map[string]Service{}
	for s := Service(0); s < NumServices; s++ {
		if s.String() == "" || s.String()[:2] != "Nt" {
			t.Errorf("service %d is called %q", s, s.String())
		}
		number["svc"+s.String()[2:]] = s
	}
	re := regexp.MustCompile(`(svc\w+) +=? *(\d+)`)
	for _, file := range []string{"../goos/service.h", "../goos/service_ntuser.go"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := re.FindAllStringSubmatch(string(b), -1)
		if len(m) < 5 {
			t.Errorf("%s: only %d numbers found", file, len(m))
		}
		for _, w := range m {
			if n, _ := strconv.Atoi(w[2]); number[w[1]] != Service(n) {
				t.Errorf("%s: %s is %d, package nt says %d", file, w[1], n, number[w[1]])
			}
		}
	}
}
