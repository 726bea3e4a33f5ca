package main

import (
	"bytes"
	"fmt"
	"go/token"
	"go/types"
	"strings"
)

// inCall is how many arguments goos.Call takes; services with more go through
// goos.CallMany.
const inCall = 8

// stubs is ntdll's file of raw stubs: one function for each service, with the arguments as
// the kernel takes them.
func stubs(list []service) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// %s\n\n//go:build ntuser\n\npackage ntdll\n\nimport (\n%q\n\n%q\n)\n", generated, "runtime/goos", "gont/nt")
	b.WriteString(`
// The raw stubs, with NT's other names for the services. A pointer must be converted in the
// stub's own argument list: the directive then keeps what it points at on the heap and alive,
// since a goroutine's stack may move before the kernel sees the address. For the same reason
// a stub is called by its name, never through a variable.
`)
	for _, s := range list {
		stub(&b, s)
	}
	return source(&b)
}

// stub writes one function. A service that waits is called without a P (block).
func stub(b *bytes.Buffer, s service) {
	var names, described []string
	for _, a := range s.arguments {
		names = append(names, parameter(a.name))
		d := parameter(a.name)
		if a.kind != strings.ToLower(a.name) {
			d += " (" + a.kind + ")"
		}
		described = append(described, d)
	}
	zw := "Zw" + s.name[2:]
	fmt.Fprintf(b, "\n// %s is %s", zw, s.name)
	if len(described) > 0 {
		fmt.Fprintf(b, ": %s", strings.Join(described, ", "))
	}
	b.WriteString(".\n")
	parameters := ""
	if len(names) > 0 {
		b.WriteString("//\n//go:uintptrescapes\n")
		parameters = strings.Join(names, ", ") + " uintptr"
	}
	fmt.Fprintf(b, "func %s(%s) nt.Status {\n", zw, parameters)
	switch {
	case s.waits:
		fmt.Fprintf(b, "return block(nt.Svc%s, &[%d]uintptr{%s})\n", s.name[2:], mostArguments, strings.Join(names, ", "))
	case len(names) > inCall:
		fmt.Fprintf(b, "return nt.Status(goos.CallMany(uint32(nt.Svc%s), &[%d]uintptr{%s}))\n", s.name[2:], mostArguments, strings.Join(names, ", "))
	default:
		for len(names) < inCall {
			names = append(names, "0")
		}
		fmt.Fprintf(b, "return nt.Status(goos.Call(uint32(nt.Svc%s), %s))\n", s.name[2:], strings.Join(names, ", "))
	}
	b.WriteString("}\n")
}

// parameter is the name of a stub's parameter for an argument: not a word of the language,
// nor a name that the language or the file gives something else.
func parameter(name string) string {
	p := strings.ToLower(name[:1]) + name[1:]
	if token.IsKeyword(p) || types.Universe.Lookup(p) != nil || p == "nt" || p == "goos" || p == "block" {
		p += "Value"
	}
	return p
}
