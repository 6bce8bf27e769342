package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"getmyvax.org/univaf/internal/fetch"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/all"
)

type storesCommand struct {
	Update storesUpdateCommand `cmd:"" help:"Make the list of a chain's stores from its public store locator."`
	Import storesImportCommand `cmd:"" help:"Make the list of a chain's stores from a file."`
}

// Help is what stores --help says besides its subcommands.
func (c *storesCommand) Help() string {
	var lists []string
	for _, l := range all.StoreLists {
		lists = append(lists, l.Name+": "+l.Help)
	}
	return "Some sources tell more with a list of their chain's stores at hand. Lists:\n\n" + strings.Join(lists, "\n\n")
}

type storesFlags struct {
	DataDir string `help:"Folder with the lists (stores/)." default:"./data" fallback:"UNIVAF_DATA_DIR"`
}

type storesUpdateCommand struct {
	Name    string `arg:"" help:"Name of the list."`
	Contact string `help:"URL that tells the chain who is asking." fallback:"UNIVAF_CONTACT" placeholder:"URL"`

	storesFlags
}

// locatorRate is how many pages a second a chain's store locator is asked for.
const locatorRate = 2

// Run asks the store locator.
func (c *storesUpdateCommand) Run(h *host) error {
	list, err := storeList(c.Name)
	if err != nil {
		return err
	}
	env := source.Env{
		Fetch: fetch.New(fetch.Options{Release: h.release, Contact: c.Contact, RateLimit: locatorRate}),
		Now:   time.Now, Getenv: h.getenv, Stores: os.DirFS(c.DataDir),
		Warn: func(w source.Warning) { h.log.Warn("unexpected data", "kind", w.Kind, "id", w.ID, "sample", w.Sample) },
	}
	return c.write(h, list, func(yield func(any) error) error { return list.Update(h.ctx, env, yield) })
}

type storesImportCommand struct {
	Name string `arg:"" help:"Name of the list."`
	File string `arg:"" help:"File to read."`

	storesFlags
}

// Run reads the file.
func (c *storesImportCommand) Run(h *host) error {
	list, err := storeList(c.Name)
	if err != nil {
		return err
	}
	file, err := os.Open(c.File)
	if err != nil {
		return usage("%w", err)
	}
	defer file.Close()
	return c.write(h, list, func(yield func(any) error) error {
		if err := list.Import(file, yield); err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		return nil
	})
}

func storeList(name string) (source.StoreList, error) {
	var names []string
	for _, l := range all.StoreLists {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	slices.Sort(names)
	return source.StoreList{}, usage("there is no list of stores %q; the lists are %s", name, strings.Join(names, ", "))
}

// write puts a list in the place of the one that is there, once it is whole.
func (f storesFlags) write(h *host, list source.StoreList, stores func(yield func(any) error) error) error {
	folder := filepath.Join(f.DataDir, "stores")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, list.Name+".*.tmp")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // which is gone if all is well
	n, err := writeStores(file, stores)
	if err == nil {
		err = errors.Join(file.Chmod(0o644), file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: no stores were found; the list stays as it is", list.Name)
	}
	name := filepath.Join(folder, list.Name+".ndjson")
	if err := os.Rename(file.Name(), name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(h.stdout, "%d stores are in %s\n", n, name)
	return err
}

func writeStores(w io.Writer, stores func(yield func(any) error) error) (n int, err error) {
	out := bufio.NewWriter(w)
	err = stores(func(store any) error {
		n++
		_, err := out.Write(append(source.Encode(store), '\n'))
		return err
	})
	return n, errors.Join(err, out.Flush())
}
