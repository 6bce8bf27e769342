package feed

import (
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Field says where a value stands. In the configuration it is the name of a column (in
// JSON, a path), a list of such, or a mapping with the members below.
type Field struct {
	Fields    []string          // what is in them is joined
	Value     string            // the same for all, instead of fields
	Map       map[string]string // what is meant by what is there; case does not matter
	Default   *string           // for what is empty, or not in the map
	Format    string            // of a time
	Separator string            // of a list in one text

	key     string            // "location.name"
	join    string            // what stands between fields
	open    bool              // what Map does not name means what it says
	folded  map[string]string // Map by what matters of its texts
	columns []int             // of a table
	paths   []path            // in JSON
	found   bool              // some record had it
}

// names are one name or several.
type names []string

// UnmarshalYAML reads them.
func (n *names) UnmarshalYAML(decode func(any) error) error {
	var one string
	if decode(&one) == nil {
		*n = names{one}
		return nil
	}
	return decode((*[]string)(n))
}

// UnmarshalYAML reads a field in any of its forms.
func (f *Field) UnmarshalYAML(decode func(any) error) error {
	var short names
	if decode(&short) == nil {
		f.Fields = short
		return nil
	}
	var long struct {
		Field     names             `yaml:"field"`
		Value     string            `yaml:"value"`
		Map       map[string]string `yaml:"map"`
		Default   *string           `yaml:"default"`
		Format    string            `yaml:"format"`
		Separator string            `yaml:"separator"`
	}
	if err := decode(&long); err != nil {
		return err
	}
	f.Fields, f.Value, f.Map, f.Default = long.Field, long.Value, long.Map, long.Default
	f.Format, f.Separator = long.Format, long.Separator
	return nil
}

// given reports whether the field is mapped to anything.
func (f *Field) given() bool { return len(f.Fields) > 0 || f.Value != "" }

// prepare makes the field ready to read with.
func (f *Field) prepare(key string) {
	f.key, f.join = key, " "
	switch {
	case key == "location.id" || strings.HasPrefix(key, "location.external_ids."):
		f.join = "-"
	case key == "location.address":
		f.join = "\n"
	case key == "location.full_address":
		f.join = ", "
	}
	f.open = strings.HasSuffix(key, ".products")
	f.folded = map[string]string{}
	for _, text := range slices.Sorted(maps.Keys(f.Map)) {
		f.folded[fold(text)] = f.Map[text]
	}
	f.paths = make([]path, len(f.Fields))
	for i, name := range f.Fields {
		f.paths[i], _ = parsePath(name) // Check tells, where it matters
	}
}

// mapped gives what is meant by a text. It is not ok if the map does not say.
func (f *Field) mapped(text string) (meant string, ok bool) {
	if meant, ok = f.Map[text]; ok {
		return meant, true
	}
	if meant, ok = f.folded[fold(text)]; ok {
		return meant, true
	}
	if (text == "" || len(f.Map) > 0) && f.Default != nil {
		return *f.Default, true
	}
	if len(f.Map) == 0 || f.open {
		return text, true
	}
	return "", text == ""
}

// constants gives the texts that the configuration itself puts in the place of values.
func (f *Field) constants() []string {
	all := slices.Sorted(maps.Values(f.Map))
	if f.Value != "" {
		all = append(all, f.Value)
	}
	if f.Default != nil {
		all = append(all, *f.Default)
	}
	return slices.DeleteFunc(slices.Compact(all), func(text string) bool { return text == "" })
}

// fold makes texts compare that people take for the same: without case, and with single
// spaces.
func fold(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// fields gives each field of the mapping by its key, "location.id" first.
func (c *Config) fields() iter.Seq2[string, *Field] {
	return func(yield func(string, *Field) bool) {
		_ = eachField("location.", reflect.ValueOf(&c.Location).Elem(), yield) &&
			eachField("availability.", reflect.ValueOf(&c.Availability).Elem(), yield)
	}
}

func eachField(prefix string, of reflect.Value, yield func(string, *Field) bool) bool {
	for i := range of.NumField() {
		key := prefix + of.Type().Field(i).Tag.Get("yaml")
		switch member := of.Field(i).Addr().Interface().(type) {
		case *Field:
			if !yield(key, member) {
				return false
			}
		case *map[string]*Field:
			for _, name := range slices.Sorted(maps.Keys(*member)) {
				if f := (*member)[name]; f != nil && !yield(key+"."+name, f) {
					return false
				}
			}
		case *Slots, *Capacity:
			if !eachField(key+".", of.Field(i), yield) {
				return false
			}
		}
	}
	return true
}

// prepared gives a copy to read with once: what a run notes in fields is its own.
func (c *Config) prepared() *Config {
	run := *c
	run.Location.ExternalIDs = maps.Clone(c.Location.ExternalIDs)
	for system, f := range run.Location.ExternalIDs {
		if f != nil {
			one := *f
			run.Location.ExternalIDs[system] = &one
		}
	}
	for key, f := range run.fields() {
		f.prepare(key)
	}
	return &run
}
