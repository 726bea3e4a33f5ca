package regf

// CopyTree copies a key's values and subkeys, the subkeys with their classes,
// descriptors, times and flags, to a key that has neither values nor subkeys,
// usually of another hive. That key keeps its own class and descriptor. Volatile
// keys are left out unless volatile is true; they are volatile again. When it
// fails, a part is there.
func (h *Hive) CopyTree(from Cell, to *Hive, key Cell, volatile bool) error {
	return h.copyTree(from, to, key, volatile, false)
}

// CopyVolatile is CopyTree for a volatile key: its subkeys become stable where key
// is.
func (h *Hive) CopyVolatile(from Cell, to *Hive, key Cell) error {
	return h.copyTree(from, to, key, true, true)
}

func (h *Hive) copyTree(from Cell, to *Hive, key Cell, volatile, stable bool) error {
	type pair struct{ from, to Cell }
	stack := []pair{{from, key}}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		h.poll()
		if err := h.copyKey(p.from, to, p.to); err != nil {
			return err
		}
		for t := (subkeyIterator{h: h, key: p.from}); ; {
			sub := t.next()
			if sub == NoCell || sub.Volatile() && !volatile {
				break
			}
			info := h.Key(sub)
			n, err := to.Create(p.to, h.AppendName(nil, sub), KeyOptions{
				Class:    h.AppendClass(nil, sub),
				Security: h.Security(sub),
				Volatile: sub.Volatile() && !stable || p.to.Volatile(),
				Link:     info.Flags&FlagSymLink != 0,
			}, info.LastWrite)
			if err != nil {
				return err
			}
			stack = append(stack, pair{sub, n})
		}
		to.SetTime(p.to, h.Key(p.from).LastWrite)
	}
	return nil
}

// copyKey copies values and the flags of a node.
func (h *Hive) copyKey(from Cell, to *Hive, key Cell) error {
	info := h.Key(from)
	var data []byte
	var name []uint16
	for i := range info.Values {
		v, _ := h.ValueAt(from, i)
		data = h.AppendData(data[:0], v)
		name = h.AppendValueName(name[:0], v)
		if err := to.SetValue(key, name, v.Type, data, info.LastWrite); err != nil {
			return err
		}
	}
	nk := to.write(key)
	nk[nkUser] = h.cell(from)[nkUser]
	return nil
}
