package main

import (
	"errors"
	"fmt"
	"os"

	"gont/cm/regf"
)

func check(c *call) int {
	repair := c.flags.Bool("repair", false, "mend the faults and free what nothing refers to")
	args, status, ok := c.parse(1, 1)
	if !ok {
		return status
	}
	name := args[0]
	data, err := os.ReadFile(name)
	if err != nil {
		c.fail(err)
		return exitUsage
	}
	h, r, err := regf.Load(data, regf.Options{Reclaim: *repair, Adopt: true})
	printFaults(c.out, name, r)
	if err != nil {
		fmt.Fprintf(c.out, "%s: cannot be used: %v\n", name, err)
		return exitNoHive
	}
	if !*repair {
		if r.Faults > 0 {
			fmt.Fprintf(c.out, "%s: %d faults\n", name, r.Faults)
			for _, log := range []string{".LOG1", ".LOG2", ".LOG"} {
				if _, err := os.Stat(name + log); err == nil {
					fmt.Fprintf(c.out, "%s: there is %s; if a flush was cut off, \"hive recover\" is better than -repair\n", name, name+log)
				}
			}
			return exitFailed
		}
		u := h.Use()
		fmt.Fprintf(c.out, "%s: sound, version 1.%d, %d cells (%d bytes), %d free (%d bytes)\n",
			name, h.Version(), u.Used, u.UsedBytes, u.Free, u.FreeBytes)
		return exitGood
	}
	if len(r.List) == 0 {
		fmt.Fprintf(c.out, "%s: sound\n", name)
		return exitGood
	}
	if err := replaceHive(name, h); err != nil {
		c.fail(err)
		return exitUsage
	}
	if r.Faults == 0 {
		fmt.Fprintf(c.out, "%s: sound; written without what is superfluous\n", name)
		return exitGood
	}
	fmt.Fprintf(c.out, "%s: %d faults mended\n", name, r.Faults)
	return exitFailed
}

func recoverHive(c *call) int {
	args, status, ok := c.parse(2, 3)
	if !ok {
		return status
	}
	var files [][]byte
	for _, name := range args {
		b, err := os.ReadFile(name)
		if err != nil {
			return c.fail(err)
		}
		files = append(files, b)
	}
	h, r, err := regf.Load(files[0], regf.Options{Logs: files[1:]})
	printFaults(c.out, args[0], r)
	switch {
	case err != nil:
		return c.fail(fmt.Errorf("%s: %w", args[0], err))
	case r.Recovered:
	case r.Faults > 0:
		return c.fail(fmt.Errorf("%s: %w", args[0], errors.New("no log belongs to it that could be applied; nothing is written")))
	default:
		fmt.Fprintf(c.out, "%s: is whole; nothing to recover\n", args[0])
		return exitGood
	}
	if err := replaceHive(args[0], h); err != nil {
		return c.fail(err)
	}
	fmt.Fprintf(c.out, "%s: recovered\n", args[0])
	return exitGood
}
