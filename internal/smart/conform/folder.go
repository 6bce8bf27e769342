package conform

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// manifestName is what a manifest's URL ends in.
const manifestName = "$bulk-publish"

// publisherAt tells URLs from folders.
func publisherAt(o Options) (publisher, error) {
	if strings.HasPrefix(o.Target, "http://") || strings.HasPrefix(o.Target, "https://") {
		return newWeb(o)
	}
	return newFolder(o.Target)
}

// A folder has a manifest and the files that it lists. Their URLs lead to where they are
// to be served; here the file is the one whose path in the folder is the longest end of
// the URL's path.
type folder struct {
	root *os.Root // nothing outside is read, whatever a manifest says
	dir  string
	own  string // the name of the manifest
}

func newFolder(dir string) (*folder, error) {
	names := []string{manifestName, "%24bulk-publish"}
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		names = []string{filepath.Base(dir)}
		dir = filepath.Dir(dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := root.Stat(name); err == nil {
			return &folder{root, dir, name}, nil
		}
	}
	_ = root.Close()
	return nil, fmt.Errorf("%s has no %s", dir, manifestName)
}

// Close closes the folder.
func (f *folder) Close() error { return f.root.Close() }

func (f *folder) names() (target, manifest string) { return f.dir, f.own }

func (f *folder) manifest(context.Context, *checker) ([]byte, error) {
	file, err := f.regular(f.own)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readManifest(file)
}

func (f *folder) open(_ context.Context, _ *checker, l listed) (io.ReadCloser, error) {
	u, err := url.Parse(l.url)
	if err != nil {
		return nil, fmt.Errorf("not a URL: %q", short([]byte(l.url)))
	}
	rest := strings.TrimPrefix(path.Clean("/"+u.Path), "/")
	for {
		if info, err := f.root.Stat(filepath.FromSlash(rest)); err == nil && !info.IsDir() {
			return f.regular(filepath.FromSlash(rest))
		}
		_, after, more := strings.Cut(rest, "/")
		if !more {
			return nil, fmt.Errorf("the folder has no %s", short([]byte(rest)))
		}
		rest = after
	}
}

// regular opens a file that has an end; opening a pipe would wait for its writer.
func (f *folder) regular(name string) (*os.File, error) {
	info, err := f.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return f.root.Open(name)
}

func (f *folder) name(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return short([]byte(address))
	}
	return path.Base(u.Path)
}
