package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"getmyvax.org/univaf/internal/load"
	"getmyvax.org/univaf/internal/source"
	"getmyvax.org/univaf/internal/source/all"
	"getmyvax.org/univaf/internal/source/feed"
	"getmyvax.org/univaf/internal/source/smartlinks"
	"getmyvax.org/univaf/internal/usa"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// configFlags say where the configuration file is.
type configFlags struct {
	Config string `help:"Configuration file (YAML): sources to run, publishers, feeds." fallback:"UNIVAF_CONFIG" placeholder:"FILE"`
}

// A config is what the file says.
type config struct {
	Sources    []sourceConfig      `yaml:"sources"`    // to run on a schedule
	Publishers []smartlinks.Config `yaml:"publishers"` // of SMART Scheduling Links
	Feeds      []feed.Config       `yaml:"feeds"`      // of anything else

	definitions []source.Definition // all sources that there are
}

// A sourceConfig has one of the sources that the program knows run on a schedule.
type sourceConfig struct {
	Name     string   `yaml:"name"`
	Schedule string   `yaml:"schedule"` // the source's usual one if it is not given
	States   []string `yaml:"states"`
}

// read gives the configuration: without a file, the sources that the program knows.
func (f configFlags) read(getenv func(string) string) (*config, error) {
	c := &config{definitions: slices.Clone(all.Sources)}
	if f.Config == "" {
		return c, nil
	}
	text, err := os.ReadFile(f.Config)
	if err != nil {
		return nil, usage("configuration: %w", err)
	}
	if err := c.parse(text, getenv); err != nil {
		return nil, usage("configuration %s: %w", f.Config, err)
	}
	if err := c.check(filepath.Dir(f.Config)); err != nil {
		return nil, usage("configuration %s: %w", f.Config, err)
	}
	return c, nil
}

func (c *config) parse(text []byte, getenv func(string) string) error {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return err
	}
	secrets := &environment{getenv: getenv}
	for _, doc := range file.Docs {
		ast.Walk(secrets, doc)
		if len(secrets.errs) > 0 {
			return errors.Join(secrets.errs...)
		}
		if doc.Body == nil {
			continue
		}
		if err := yaml.NodeToValue(doc.Body, c, yaml.Strict()); err != nil {
			return err
		}
	}
	return nil
}

// An environment puts environment variables in the place of ${NAME}.
type environment struct {
	getenv func(string) string
	errs   []error
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// Visit looks at one node.
func (e *environment) Visit(node ast.Node) ast.Visitor {
	text, ok := node.(*ast.StringNode)
	if !ok {
		return e
	}
	text.Value = variable.ReplaceAllStringFunc(text.Value, func(found string) string {
		name := found[len("${") : len(found)-len("}")]
		value := e.getenv(name)
		if value == "" {
			e.errs = append(e.errs, fmt.Errorf("line %d: the environment variable %s is not set", text.Token.Position.Line, name))
		}
		return value
	})
	return e
}

// check gives all that is wrong, and adds the sources of the file, which lies in dir, to
// those that the program knows.
func (c *config) check(dir string) error {
	var errs []error
	add := func(d source.Definition, wrong []error) {
		errs = append(errs, wrong...)
		if d.Schedule != "" {
			if _, err := load.ParseSchedule(d.Schedule); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", d.Name, err))
			}
		}
		if _, known := c.find(d.Name); known {
			errs = append(errs, fmt.Errorf("there are two sources %s", d.Name))
			return
		}
		c.definitions = append(c.definitions, d)
	}
	for i := range c.Publishers {
		add(c.Publishers[i].Definition(), c.Publishers[i].Check())
	}
	for i := range c.Feeds {
		c.Feeds[i].Dir = dir
		add(c.Feeds[i].Definition(), c.Feeds[i].Check())
	}
	errs = append(errs, c.checkAuthorities()...)
	for _, s := range c.Sources {
		if _, known := c.find(s.Name); !known {
			errs = append(errs, fmt.Errorf("sources: there is no source %q", s.Name))
		}
		if s.Schedule != "" {
			if _, err := load.ParseSchedule(s.Schedule); err != nil {
				errs = append(errs, fmt.Errorf("sources[%s]: %w", s.Name, err))
			}
		}
		for _, state := range s.States {
			if _, ok := usa.StateByCode(state); !ok {
				errs = append(errs, fmt.Errorf("sources[%s].states: must be USPS codes, such as NJ, not %q", s.Name, state))
			}
		}
	}
	return errors.Join(errs...)
}

// checkAuthorities finds sources that would each hide what the other names.
func (c *config) checkAuthorities() (errs []error) {
	of := map[string]string{}
	for _, d := range c.definitions {
		if other, taken := of[d.Authoritative]; taken && d.Authoritative != "" {
			errs = append(errs, fmt.Errorf("%s and %s are both authoritative for provider %s: each would hide the other's places", other, d.Name, d.Authoritative))
		}
		of[d.Authoritative] = d.Name
	}
	return errs
}

// find gives the source of that name.
func (c *config) find(name string) (source.Definition, bool) {
	if alias, ok := all.Aliases[name]; ok {
		name = alias
	}
	for _, d := range c.definitions {
		if d.Name == name {
			return d, true
		}
	}
	return source.Definition{}, false
}

// names lists the sources, for messages.
func (c *config) names() string {
	var names []string
	for _, d := range c.definitions {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}

// scheduled gives what is to run: the sources that are named, those in the file, and its
// publishers and feeds that have a schedule.
func (c *config) scheduled(named []string) ([]sourceConfig, error) {
	list := slices.Clone(c.Sources)
	add := func(name, schedule string) {
		if !slices.ContainsFunc(list, func(s sourceConfig) bool { return s.Name == name }) {
			list = append(list, sourceConfig{Name: name, Schedule: schedule})
		}
	}
	for _, p := range c.Publishers {
		if p.Schedule != "" {
			add(p.Name, p.Schedule)
		}
	}
	for _, f := range c.Feeds {
		if f.Schedule != "" {
			add(f.Name, f.Schedule)
		}
	}
	for _, name := range named {
		d, ok := c.find(strings.TrimSpace(name))
		switch {
		case !ok:
			return nil, usage("--sources: there is no source %q; the sources are %s", name, c.names())
		case d.Unsafe != "":
			return nil, usage("--sources: %s is unsafe: %s", name, d.Unsafe)
		}
		add(d.Name, "")
	}
	return list, nil
}
