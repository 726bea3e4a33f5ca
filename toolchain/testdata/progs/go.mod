module progs

go 1.26.0
