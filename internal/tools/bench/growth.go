package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A growth is how the server does with some number of locations.
type growth struct {
	locations      int
	byID, external float64 // a second
	near, page     float64
	start          time.Duration
	memory, dump   float64 // bytes
}

// grow fills a database with n locations and looks at it, on SQLite: the database
// plays no part in reading.
func (b *bench) grow(n int) error {
	b.say("growth: %d locations", n)
	return b.served(sqlite, func(s *server, database string) error { return b.growTo(n, s, database) })
}

func (b *bench) growTo(n int, s *server, database string) error {
	gen := b.command(b.path("gen"), "-n", strconv.Itoa(n), "-now", day+"00:00:00Z")
	lines, err := gen.StdoutPipe()
	if err != nil {
		return err
	}
	if err := gen.Start(); err != nil {
		return err
	}
	if _, err := b.sendFrom(s, lines); err != nil {
		return err
	}
	if err := gen.Wait(); err != nil {
		return err
	}
	if err := b.restart(s, database); err != nil {
		return err
	}
	g := growth{locations: n}
	if g.start, err = b.ready(s, n); err != nil {
		return err
	}
	v, err := b.look(s)
	if err != nil {
		return err
	}
	g.dump = v.dump
	found, err := b.prepareSearches(s, filepath.Join(b.nginx.root, dumpPath))
	if err != nil {
		return err
	}
	for _, one := range []struct {
		script string
		to     *float64
	}{{v.byID, &g.byID}, {v.byExternal, &g.external}, {found.near, &g.near}, {"", &g.page}} {
		l, err := b.wrk(s.url+pagePath, one.script)
		if err != nil {
			return err
		}
		*one.to = l.rate
	}
	if g.memory, err = s.memory("VmRSS"); err != nil {
		return err
	}
	b.growths = append(b.growths, g)
	b.say("  by id %.0f/s, by external id %.0f/s, near %.0f/s, page %.1f/s, start %v, memory %s", g.byID, g.external, g.near, g.page, g.start.Round(time.Millisecond), show(inBytes, g.memory))
	return os.Remove(b.nginx.root + dumpPath)
}

// growthTable gives the growths and, in brackets, how many times more each costs than
// the one before.
func (b *bench) growthTable() string {
	var t strings.Builder
	t.WriteString("| locations | by id | by external id | near | page of 2,000 | start to ready | resident memory | identity dump |\n|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for i, g := range b.growths {
		times := func(now, before float64) string {
			if i == 0 {
				return ""
			}
			return fmt.Sprintf(" (×%.2f)", now/before)
		}
		before := b.growths[max(0, i-1)]
		fmt.Fprintf(&t, "| %d | %s%s | %s%s | %s%s | %s%s | %v%s | %s%s | %s |\n", g.locations,
			show(perSecond, g.byID), times(before.byID, g.byID), show(perSecond, g.external), times(before.external, g.external),
			show(perSecond, g.near), times(before.near, g.near), show(perSecond, g.page), times(before.page, g.page), g.start.Round(time.Millisecond), times(g.start.Seconds(), before.start.Seconds()),
			show(inBytes, g.memory), times(g.memory, before.memory), show(inBytes, g.dump))
	}
	t.WriteString("\nIn brackets: how many times the cost of the row above. A tenfold number of places may make a look-up cost 1.5 times as much, start and memory 11 times.\n")
	return t.String()
}
