package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"getmyvax.org/univaf/internal/source"
)

// A record is a row of a table or an object in JSON. One of a place's slots is one, too.
type record struct {
	at   string // where it stands, for people: "row 7"
	data values
	raw  []byte // how it was written
}

// values gives what stands in the i-th of the names of a field. Not found is other than
// empty.
type values interface {
	get(f *Field, i int) (v any, found bool)
}

// A row is a row of a table.
type row []string

func (r row) get(f *Field, i int) (any, bool) { return r[f.columns[i]], true }

// An object is a value in JSON.
type object struct{ v any }

func (o object) get(f *Field, i int) (any, bool) { return f.paths[i].of(o.v) }

// bad says that a record is of no use.
func (rec *record) bad(kind string, err error) *source.RecordError {
	return &source.RecordError{Kind: kind, ID: rec.at, Err: err, Sample: rec.sample()}
}

// An emptyError says that a record has nothing where there must be something.
type emptyError string

func (e emptyError) Error() string { return string(e) }

// empty says that a record lacks what it must have.
func (rec *record) empty(f *Field) error {
	if o, isObject := rec.data.(object); isObject && !f.found {
		return emptyError(fmt.Sprintf("%s: there is no %s in it; it is %s", f.key, listed(f.Fields), kind(o.v)))
	}
	return emptyError(f.fault(errors.New("must not be empty")).Error())
}

func (rec *record) sample() string {
	if len(rec.raw) == 0 {
		return "(empty)"
	}
	return source.Sample(rec.raw)
}

// errTold says that a value can't be read and that this was told.
var errTold = errors.New("can't be read")

// invalid is the kind of what is wrong with a field.
func (f *Field) invalid() string { return "invalid " + f.key[strings.LastIndexByte(f.key, '.')+1:] }

// warn tells of a value that is left out.
func (r *run) warn(rec *record, f *Field, err error) {
	if r.quiet || errors.Is(err, errTold) {
		return
	}
	r.env.Warn(source.Warning{Kind: f.invalid(), ID: rec.at, Sample: source.Sample(f.fault(err).Error())})
}

// text gives the text of a field, "" if there is none. It is not ok, and was told, if
// there is something other than a text, or one that the map does not name.
func (r *run) text(rec *record, f *Field) (text string, ok bool) {
	if f.Value != "" {
		return f.Value, true
	}
	ok = true
	var some [4]string
	parts := some[:0]
	for i := range f.Fields {
		v, found := rec.data.get(f, i)
		f.found = f.found || found
		part, isText := r.clean(rec, f, v)
		if ok = ok && isText; part != "" {
			parts = append(parts, part)
		}
	}
	if text, ok = r.meant(rec, f, strings.Join(parts, f.join), ok); f.join == "-" && len(parts) < len(f.Fields) {
		return "", ok // half an id may be another place's
	}
	return text, ok
}

// isEmpty reports whether a field that is mapped says that there is nothing.
func (r *run) isEmpty(rec *record, f *Field) bool {
	r.quiet = true // what is wrong is told when it is read
	defer func() { r.quiet = false }()
	text, ok := r.text(rec, f)
	return f.given() && f.found && text == "" && ok
}

// clean gives the text of one value.
func (r *run) clean(rec *record, f *Field, v any) (text string, ok bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case string:
		text = strings.TrimSpace(strings.ReplaceAll(v, "\x00", ""))
		if strings.HasPrefix(text, "#") && formulaError.MatchString(text) {
			r.warn(rec, f, fmt.Errorf("has a formula that went wrong: %s", text))
			return "", false
		}
		return text, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	case []any:
		switch {
		case len(v) == 0:
			return "", true
		case len(v) == 1:
			return r.clean(rec, f, v[0])
		case f.join == "\n" || f.join == ", ": // an address may well be a list
			return r.joined(rec, f, v)
		}
	}
	r.warn(rec, f, fmt.Errorf("must be a single value, not %s", kind(v)))
	return "", false
}

func (r *run) joined(rec *record, f *Field, list []any) (text string, ok bool) {
	var parts []string
	for _, v := range list {
		if _, nested := v.([]any); nested {
			continue
		}
		if part, _ := r.clean(rec, f, v); part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, f.join), true
}

// meant looks a text up in the field's map.
func (r *run) meant(rec *record, f *Field, text string, ok bool) (string, bool) {
	meant, known := f.mapped(text)
	if !known {
		r.warn(rec, f, fmt.Errorf("is %q, which map does not name: add it there, or set default", text))
	}
	return meant, known && (ok || meant != "")
}

// list gives the texts of a field that may have several, each once.
func (r *run) list(rec *record, f *Field) (list []string) {
	add := func(texts ...string) {
		for _, text := range texts {
			if meant, _ := r.meant(rec, f, text, true); meant != "" && !slices.Contains(list, meant) {
				list = append(list, meant)
			}
		}
	}
	if f.Value != "" {
		return split(f.Value, f.Separator)
	}
	for i := range f.Fields {
		v, found := rec.data.get(f, i)
		f.found = f.found || found
		for _, one := range elements(v) {
			text, _ := r.clean(rec, f, one)
			if _, whole := f.folded[fold(text)]; whole {
				add(text)
			} else if text != "" {
				add(split(text, f.Separator)...)
			}
		}
	}
	if len(list) == 0 && f.Default != nil {
		list = split(*f.Default, f.Separator)
	}
	return list
}

// elements gives what is in a list, or the value alone.
func elements(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// parsed reads the text of a field by parse. It is not ok if there is none, or none that
// can be read, which is told.
func parsed[T any](r *run, rec *record, f *Field, parse func(string) (T, error)) (v T, ok bool) {
	text, ok := r.text(rec, f)
	if text == "" || !ok {
		return v, false
	}
	v, err := parse(text)
	if err != nil {
		r.warn(rec, f, err)
		return v, false
	}
	return v, true
}
