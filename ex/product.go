package ex

import "fmt"

// What is installed (SPEC P0.8): Control\ProductOptions.

// Types of products; the values are NT's (NT_PRODUCT_TYPE).
const (
	ProductWinNT    = 1
	ProductLanmanNT = 2
	ProductServer   = 3
)

// Product is a validated ProductOptions.
type Product struct {
	Type  uint32 // ProductWinNT...
	Suite uint32 // VER_SUITE_* bits
}

// suite is a name that ProductSuite may hold, and for which products.
type suite struct {
	name        string
	bit         uint32
	workstation bool // fits ProductWinNT
	server      bool // fits the others
}

// suites are NT's (winnt.h: VER_SUITE_*).
var suites = []suite{
	{"Small Business", 0x1, false, true},
	{"Enterprise", 0x2, false, true},
	{"BackOffice", 0x4, false, true},
	{"CommunicationServer", 0x8, false, true},
	{"Terminal Server", 0x10, true, true},
	{"Small Business(Restricted)", 0x20, false, true},
	{"EmbeddedNT", 0x40, true, true},
	{"DataCenter", 0x80, false, true},
	{"Personal", 0x200, true, false},
	{"Blade", 0x400, false, true},
	{"Embedded(Restricted)", 0x800, true, true},
	{"Security Appliance", 0x1000, false, true},
	{"Storage Server", 0x2000, false, true},
	{"Compute Server", 0x4000, false, true},
	{"WH Server", 0x8000, false, true},
}

var productTypes = map[string]uint32{"WinNT": ProductWinNT, "LanmanNT": ProductLanmanNT, "ServerNT": ProductServer}

// ValidateProduct reads ProductType and ProductSuite. A type that is unknown is taken for a
// workstation's; a suite that is unknown, named twice, or contradicts the type is left
// out. Each of these is a problem.
func ValidateProduct(typ string, list []string) (p Product, problems []string) {
	problem := func(format string, a ...any) {
		problems = append(problems, "registry key Control\\ProductOptions: "+fmt.Sprintf(format, a...))
	}
	p.Type = productTypes[typ]
	if p.Type == 0 {
		p.Type = ProductWinNT
		problem("ProductType %q is not known; WinNT is used", typ)
	}
next:
	for _, name := range list {
		for _, s := range suites {
			if s.name != name {
				continue
			}
			fits := s.server
			if p.Type == ProductWinNT {
				fits = s.workstation
			}
			switch {
			case !fits:
				problem("ProductSuite %q contradicts ProductType %q; it is left out", name, typ)
			case p.Suite&s.bit != 0:
				problem("ProductSuite names %q twice", name)
			default:
				p.Suite |= s.bit
			}
			continue next
		}
		problem("ProductSuite %q is not known; it is left out", name)
	}
	if p.Suite&0x80 != 0 && p.Suite&0x2 == 0 {
		problem(`ProductSuite has "DataCenter" without "Enterprise"; both are used`)
		p.Suite |= 0x2
	}
	return p, problems
}

// CSDString is a service pack as Control\Windows\CSDVersion has it (SPEC P0.11): the high byte
// is the pack, the low one the interim release. "" for none.
func CSDString(version uint32) string {
	pack, interim := version>>8&0xFF, version&0xFF
	switch {
	case pack == 0:
		return ""
	case interim == 0:
		return fmt.Sprintf("Service Pack %d", pack)
	}
	return fmt.Sprintf("Service Pack %d.%d", pack, interim)
}
