package hal

// Machine-check architecture: what a bank's status says (SDM vol. 3, chapter 16:
// "Machine-Check Architecture", 16.3.2.2 and 16.9).

// MachineCheckBank is one error-reporting bank that holds a valid error.
type MachineCheckBank struct {
	Processor, Bank    int
	Status, Addr, Misc uint64 // IA32_MCi_STATUS, _ADDR, _MISC; 0 where they are not valid
}

// Bits of IA32_MCi_STATUS.
const (
	mciValid       = 1 << 63
	mciOverflow    = 1 << 62
	mciUncorrected = 1 << 61
	mciMiscValid   = 1 << 59
	mciAddrValid   = 1 << 58
	mciCorrupt     = 1 << 57 // processor context corrupt
)

// Kind names the error by the MCA error code, bits 15 to 0 of the status (SDM vol. 3,
// tables 16-9 and 16-10). It allocates nothing.
func (b *MachineCheckBank) Kind() string {
	switch c := b.Status & 0xEFFF; { // bit 12: corrected errors are filtered
	case c == 0:
		return "no error"
	case c == 1:
		return "unclassified error"
	case c == 2:
		return "microcode ROM parity error"
	case c == 3:
		return "external error"
	case c == 4:
		return "functional redundancy check error"
	case c == 5:
		return "internal parity error"
	case c == 6:
		return "SMM handler code access violation"
	case c == 0x400:
		return "internal timer error"
	case c == 0xE0B:
		return "I/O error"
	case c&0xFC00 == 0x400:
		return "internal unclassified error"
	case c&0xFFFC == 0xC:
		return "generic cache hierarchy error"
	case c&0xFFF0 == 0x10:
		return "TLB error"
	case c&0xFF80 == 0x80:
		return "memory controller error"
	case c&0xFF00 == 0x100:
		return "cache hierarchy error"
	case c&0xFF80 == 0x280:
		return "extended memory error"
	case c&0xF800 == 0x800:
		return "bus or interconnect error"
	}
	return "error of the model's own kind"
}

// Severity says in words what the status bits say. It allocates nothing.
func (b *MachineCheckBank) Severity() string {
	switch {
	case b.Status&mciCorrupt != 0:
		return "uncorrected, processor state corrupt"
	case b.Status&mciUncorrected != 0:
		return "uncorrected"
	case b.Status&mciOverflow != 0:
		return "corrected, more were lost"
	}
	return "corrected"
}
