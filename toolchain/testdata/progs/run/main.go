// Command run shows parts of the runtime at work; the first argument chooses
// which. It prints "ok" at the end.
package main

import (
	"fmt"
	"os"
	"sort"
)

var parts = map[string]func(){}

func main() {
	if len(os.Args) != 2 || parts[os.Args[1]] == nil {
		var names []string
		for n := range parts {
			names = append(names, n)
		}
		sort.Strings(names)
		fmt.Println("parts:", names)
		os.Exit(2)
	}
	parts[os.Args[1]]()
	fmt.Println("ok")
}

func check(ok bool, format string, args ...any) {
	if !ok {
		fmt.Printf("FAIL: "+format+"\n", args...)
		os.Exit(1)
	}
}
