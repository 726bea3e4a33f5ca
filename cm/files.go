package cm

// hiveFiles are the files of a hive.
type hiveFiles struct{ path string }
