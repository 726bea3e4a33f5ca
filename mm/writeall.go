package mm

import "gont/nt"

// WriteModifiedFiles is the first part of MmShutdownSystem (SPEC X1): what programs have written through views of
// files, and every modified page on the list of files' pages, is written to the file. It returns the first
// error; pages that could not be written stay modified. Who writes meanwhile makes pages
// that it may not see. IRQL: PASSIVE_LEVEL, no locks; it waits.
func WriteModifiedFiles() (s nt.Status) {
	mapped := map[*dataSection]bool{}
	for _, a := range allSpaces() {
		a.noteViews(mapped)
	}
	for of := range mapped { // pages that are mapped are on no list
		if !of.beginWriting() {
			continue
		}
		_, st := of.flush(0, MaximumFile/PageSize, MaximumFile/PageSize)
		of.endWriting()
		if !st.OK() {
			s = st
		}
	}
	d := &pfns
	d.mu.Lock()
	left := d.count[ModifiedFileList] // as many failures in a row: all have been tried
	d.mu.Unlock()
	for failures := uint64(0); failures <= left; {
		wrote, st, any := writeFirst()
		if !any {
			break
		}
		if failures++; wrote > 0 && st.OK() {
			failures = 0
		}
		if !st.OK() && s.OK() {
			s = st
		}
	}
	return s
}

// noteViews makes all pages dirty for their files that the process has written to through views, and adds
// the files to mapped.
func (a *AddressSpace) noteViews(mapped map[*dataSection]bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, v := range a.vads {
		if v.Section != nil && v.Section.data != nil && v.Section.data.file != nil {
			a.noteWritten(v.Start, v.End+1)
			mapped[v.Section.data] = true
		}
	}
}

// writeFirst writes the first page of the list of modified pages of files, and what lies behind it in
// the file. any is false when the list is empty.
func writeFirst() (wrote int, s nt.Status, any bool) {
	d := &pfns
	d.mu.Lock()
	n := d.head[ModifiedFileList]
	if n == noPage {
		d.mu.Unlock()
		return 0, nt.StatusSuccess, false
	}
	of, page := d.owner(&d.pfn[n])
	d.unlink(n) // whatever comes of it, another one is the first next
	d.link(n, ModifiedFileList)
	d.mu.Unlock()
	if !of.beginWriting() {
		return 0, nt.StatusSuccess, true // the file is being given up
	}
	defer of.endWriting()
	wrote, s = of.flush(page, page+fileCluster, fileCluster)
	return wrote, s, true
}
