module gont

go 1.26.0
